using Rowen.ResourceManager.Harvesting.Slurm;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class SlurmTimeTests
{
    [Theory]
    [InlineData("29:37\n", "00:29:37")]
    [InlineData("1:02:03", "01:02:03")]
    [InlineData("2-03:04:05", "2.03:04:05")]
    [InlineData("0:00", "00:00:00")]
    [InlineData("5 sec", "00:00:05")]
    public void Times_are_read(string text, string expected) => Assert.Equal(TimeSpan.Parse(expected, null), SlurmTime.ParseOrNone(text));

    [Theory]
    [InlineData("")]
    [InlineData("UNLIMITED")]
    [InlineData("INVALID")]
    [InlineData("NOT_SET")]
    [InlineData(" sec")]
    [InlineData("-5 sec")]
    [InlineData("-1:00")]
    [InlineData("1-2-3:00:00")]
    [InlineData("99999999999:00")]
    [InlineData("1:2:3:4")]
    public void What_is_no_time_is_none(string text) => Assert.Null(SlurmTime.ParseOrNone(text));
}
