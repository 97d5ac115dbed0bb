using Rowen.NodeAgent.Executors;

namespace Rowen.UnitTests.NodeAgent.Executors;

public sealed class TreeProcessTests
{
    private const string Rest = " 10 20 30 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 777 1000000 3 18446744073709551615 0 0 0\n";

    [Fact]
    public void Name_may_hold_spaces_and_brackets() => Assert.Equal(
        new TreeProcess(42, 10, 20, 777, 3L * Environment.SystemPageSize),
        TreeProcess.ParseOrNone("42 (a) b (c)) S" + Rest));

    [Fact]
    public void Zombies_count_as_ended() => Assert.Null(TreeProcess.ParseOrNone("42 (x) Z" + Rest));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("42")]
    [InlineData(")(")]
    [InlineData("42 (x) S 1 2")]
    [InlineData("x (x) S 10 20 30 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 777 1000000 3 0")]
    public void Anything_else_is_none(string? stat) => Assert.Null(TreeProcess.ParseOrNone(stat));
}
