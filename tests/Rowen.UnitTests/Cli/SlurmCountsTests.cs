using Rowen.Cli.Roles;

namespace Rowen.UnitTests.Cli;

public sealed class SlurmCountsTests
{
    [Theory]
    [InlineData("4", 4)]
    [InlineData("4(x2)", 4)]
    [InlineData("16(x2),8,12(x30)", 8)]
    public void Least_of_all_nodes_is_found(string text, int expected) => Assert.Equal(expected, SlurmCounts.LeastOrNone(text));

    [Theory]
    [InlineData("")]
    [InlineData("(x2)")]
    [InlineData("4,,2")]
    [InlineData("-3")]
    public void What_is_no_such_list_is_none(string text) => Assert.Null(SlurmCounts.LeastOrNone(text));
}
