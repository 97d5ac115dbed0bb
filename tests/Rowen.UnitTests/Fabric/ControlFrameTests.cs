using System.Globalization;
using Rowen.Fabric.ControlSockets;

namespace Rowen.UnitTests.Fabric;

public sealed class ControlFrameTests
{
    [Fact]
    public void Frame_has_these_bytes()
    {
        byte[] bytes = new byte[ControlFrame.SizeBytes];
        new ControlFrame(1, 9, 0x012345).Write(bytes);

        Assert.Equal("5257010945230100", Convert.ToHexString(bytes));
        Assert.True(ControlFrame.TryRead(bytes, out ControlFrame read));
        Assert.Equal(new ControlFrame(1, 9, 0x012345), read);
    }

    [Fact]
    public void Frame_of_another_version_is_read_so_that_it_can_be_refused_with_its_number()
    {
        Assert.True(ControlFrame.TryRead(Convert.FromHexString("5257070100000000"), out ControlFrame frame));
        Assert.Equal(7, frame.Version);
    }

    [Theory]
    [InlineData("")]
    [InlineData("52570100000000")]
    [InlineData("5357010000000000")]
    [InlineData("5258010000000000")]
    [InlineData("5257010101001000")] // a byte more than 1 MiB
    [InlineData("52570101FFFFFFFF")] // less than nothing
    public void Bytes_that_are_no_frame_are_refused(string hex) =>
        Assert.False(ControlFrame.TryRead(Convert.FromHexString(hex), out _));

    [Fact]
    public void Hostile_bytes_never_throw_and_what_is_read_is_within_bounds()
    {
        const int seed = 4711;
        var random = new Random(seed);
        byte[] bytes = new byte[16];
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
            {
                bytes[0] = (byte)'R';
                bytes[1] = (byte)'W';
            }

            int length = random.Next(bytes.Length + 1);
            bool isRead = ControlFrame.TryRead(bytes.AsSpan(0, length), out ControlFrame frame);
            Assert.True(
                !isRead || (length >= ControlFrame.SizeBytes && frame.PayloadBytes is >= 0 and <= ControlFrame.MaxPayloadBytes),
                string.Create(CultureInfo.InvariantCulture, $"seed {seed}, input {i}: {Convert.ToHexString(bytes, 0, length)}"));
        }
    }
}
