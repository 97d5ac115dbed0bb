using Rowen.Cli.Verbs;

namespace Rowen.UnitTests.Cli;

public sealed class TimeTextTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(5, "5ms")]
    [InlineData(1_500, "1500ms")]
    [InlineData(2_000, "2s")]
    [InlineData(90_000, "90s")]
    [InlineData(300_000, "5m")]
    [InlineData(3_600_000, "1h")]
    [InlineData(172_800_000, "2d")]
    public void Time_is_written_as_it_would_be_typed(int milliseconds, string text) =>
        Assert.Equal(text, TimeText.Write(TimeSpan.FromMilliseconds(milliseconds)));
}
