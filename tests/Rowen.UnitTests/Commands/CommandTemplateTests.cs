using Rowen.Commands;

namespace Rowen.UnitTests.Commands;

public sealed class CommandTemplateTests
{
    private static readonly ItemValues Values = new(7, "a b; $(rm x) {index}", new Dictionary<string, string> { ["x"] = "1.5", ["name"] = "{item}" });

    [Theory]
    [InlineData("{item}", "a b; $(rm x) {index}")]
    [InlineData("--seed={index}", "--seed=7")]
    [InlineData("{x}{x}-{name}", "1.51.5-{item}")]
    [InlineData("{{item}}", "{item}")]
    [InlineData("{print $1}", "{print $1}")]
    [InlineData("{}", "{}")]
    [InlineData("a{", "a{")]
    [InlineData("", "")]
    public void Places_are_filled_once_and_everything_else_stays(string argument, string expanded) =>
        Assert.Equal([expanded], new CommandTemplate([argument]).Expand(Values));

    [Fact]
    public void Place_that_the_item_does_not_have_is_named_with_those_that_it_has()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new CommandTemplate(["{y}"]).Expand(Values));

        Assert.StartsWith("{y} stands in the command, and item 7 has only {item}, {index}, {x}, {name}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_where_there_are_none_says_how_to_give_some()
    {
        var single = new ItemValues(0, null, new Dictionary<string, string>());

        Assert.Contains("--each-line", Assert.Throws<ArgumentException>(() => new CommandTemplate(["{item}"]).Expand(single)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{item}", true)]
    [InlineData("{{item}}", false)]
    [InlineData("plain", false)]
    public void Template_knows_whether_it_has_places(string argument, bool hasPlaces) =>
        Assert.Equal(hasPlaces, new CommandTemplate([argument]).HasPlaces);
}
