using Rowen.Cli.Fabrics;
using Rowen.Fabric.Libfabric;

namespace Rowen.UnitTests.Cli.Fabrics;

public sealed class FabricChoiceTests
{
    [Theory]
    [InlineData("shm", null, OfiStrategy.None)]
    [InlineData("ofi", "verbs;ofi_rxm", OfiStrategy.None)]
    [InlineData("ofi", "tcp;ofi_rxm", OfiStrategy.Message)]
    public void Words_are_read_as_they_were_written(string provider, string? libfabric, OfiStrategy strategy)
    {
        var choice = new FabricChoice(provider, libfabric, strategy);

        Assert.Equal(choice, FabricChoice.Parse(choice.Format().Split(' ')));
    }

    [Theory]
    [InlineData("shm")]
    [InlineData("ofi - Nonsense")]
    [InlineData("ofi - None more")]
    public void Other_words_are_refused(string words) =>
        Assert.Throws<FormatException>(() => FabricChoice.Parse(words.Split(' ')));

    [Fact]
    public void Unknown_provider_is_refused_by_name()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => new FabricChoice("carrier-pigeon").Create());

        Assert.Contains("carrier-pigeon", exception.Message, StringComparison.Ordinal);
    }
}
