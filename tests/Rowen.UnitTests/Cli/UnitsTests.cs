using Rowen.Cli.Output;

namespace Rowen.UnitTests.Cli;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(0, "0 GiB·s")]
    [InlineData(1536, "1.5 GiB·s")]
    [InlineData((3_600 * 1024) - 1, "3600 GiB·s")]
    [InlineData(3_600 * 1024 * 2, "2 GiB·h")]
    public void Memory_is_counted_by_time(long mebibyteSeconds, string text) => Assert.Equal(text, Units.MemoryTime(mebibyteSeconds));

    [Theory]
    [InlineData("1", 1)]
    [InlineData("64K", 65_536)]
    [InlineData("512M", 536_870_912)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("2tb", 2_199_023_255_552)]
    public void Sizes_are_read_as_people_type_them(string text, long expected)
    {
        Assert.True(Units.TryParseBytes(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("much")]
    [InlineData("-1G")]
    [InlineData("0")]
    [InlineData("1X")]
    [InlineData("99999999T")]
    [InlineData("1e5")]
    public void What_is_no_size_is_refused(string text) => Assert.False(Units.TryParseBytes(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1L << 40, "1 TiB")]
    public void Sizes_are_shown_in_the_largest_unit_that_fits(long bytes, string expected) => Assert.Equal(expected, Units.Bytes(bytes));

    [Theory]
    [InlineData(0.4, "0.4 µs")]
    [InlineData(1_500, "1.5 ms")]
    [InlineData(2_500_000, "2.5 s")]
    [InlineData(600_000_000, "10 min")]
    public void Times_are_shown_in_the_largest_unit_that_leaves_a_whole(double micros, string expected) =>
        Assert.Equal(expected, Units.Duration(TimeSpan.FromMicroseconds(micros)));
}
