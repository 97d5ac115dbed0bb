using System.Globalization;
using Rowen.Fabric.Tcp;

namespace Rowen.UnitTests.Fabric;

public sealed class TcpFrameTests
{
    private static readonly byte[] Token = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public static TheoryData<string, string> Golden() => new()
    {
        { "Write", "52540101" + "00000000" + "8877665544332211" + "0010000000000000" + "0000000000010000" + "0700000000000000" },
        { "WriteNotify", "52540102" + "EFBEADDE" + "8877665544332211" + "0010000000000000" + "4000000000000000" + "0000000000000000" },
        { "ReadRequest", "52540103" + "00000000" + "8877665544332211" + "0010000000000000" + "4000000000000000" + "0700000000000000" },
        { "ReadReply", "52540104" + "00000000" + "0000000000000000" + "0010000000000000" + "4000000000000000" + "0700000000000000" },
        { "Done", "52540105" + "00000000" + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0700000000000000" },
        { "Refused", "52540106" + "00000000" + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0700000000000000" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Frame_has_these_bytes(string name, string hex)
    {
        TcpFrame frame = Example(Enum.Parse<TcpFrameKind>(name));
        byte[] bytes = new byte[TcpFrame.SizeBytes];
        frame.Write(bytes);

        Assert.Equal(hex, Convert.ToHexString(bytes));
        Assert.True(TcpFrame.TryRead(bytes, out TcpFrame read));
        Assert.Equal(frame, read);
    }

    [Theory]
    [InlineData(0, 0x53)] // magic
    [InlineData(2, 2)] // version
    [InlineData(3, 0)] // kinds that are none
    [InlineData(3, 7)]
    [InlineData(3, 0x80)]
    [InlineData(29, 2)] // 2 TiB
    [InlineData(4, 1)] // an immediate where none belongs
    public void Changed_byte_is_refused(int index, byte value)
    {
        byte[] bytes = new byte[TcpFrame.SizeBytes];
        Example(TcpFrameKind.Write).Write(bytes);
        bytes[index] = value;

        Assert.False(TcpFrame.TryRead(bytes, out _));
    }

    [Fact]
    public void Operation_is_required_or_forbidden_by_kind()
    {
        byte[] bytes = new byte[TcpFrame.SizeBytes];
        (Example(TcpFrameKind.ReadRequest) with { Operation = 0 }).Write(bytes);
        Assert.False(TcpFrame.TryRead(bytes, out _));
        (Example(TcpFrameKind.WriteNotify) with { Operation = 1 }).Write(bytes);
        Assert.False(TcpFrame.TryRead(bytes, out _));
        (Example(TcpFrameKind.Refused) with { Operation = 0 }).Write(bytes);
        Assert.True(TcpFrame.TryRead(bytes, out _));
    }

    [Fact]
    public void Hostile_bytes_never_throw_and_what_is_read_is_consistent()
    {
        const int seed = 815;
        var random = new Random(seed);
        byte[] bytes = new byte[48];
        byte[] again = new byte[TcpFrame.SizeBytes];
        for (int i = 0; i < 100_000; i++)
        {
            Scramble(random, bytes);
            int length = random.Next(3) == 0 ? random.Next(bytes.Length) : TcpFrame.SizeBytes;
            if (!TcpFrame.TryRead(bytes.AsSpan(0, length), out TcpFrame frame))
            {
                continue;
            }

            frame.Write(again);
            Assert.True(
                length >= TcpFrame.SizeBytes && frame.LengthBytes <= TcpFrame.MaxLengthBytes
                    && bytes.AsSpan(0, TcpFrame.SizeBytes).SequenceEqual(again),
                string.Create(CultureInfo.InvariantCulture, $"seed {seed}, input {i}: {Convert.ToHexString(bytes, 0, length)}"));
        }
    }

    [Fact]
    public void Greeting_has_these_bytes()
    {
        byte[] bytes = new byte[TcpGreeting.SizeBytes];
        TcpGreeting.WriteInitiator(bytes, Token);
        Assert.Equal(
            "5254018000000000" + "0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20", Convert.ToHexString(bytes));
        Assert.True(TcpGreeting.IsInitiator(bytes, Token));
        Assert.False(TcpGreeting.IsAcceptor(bytes));

        TcpGreeting.WriteAcceptor(bytes);
        Assert.Equal("5254018100000000" + new string('0', 64), Convert.ToHexString(bytes));
        Assert.True(TcpGreeting.IsAcceptor(bytes));
        Assert.False(TcpGreeting.IsInitiator(bytes, Token));
    }

    [Fact]
    public void Greeting_with_any_changed_bit_is_refused()
    {
        byte[] bytes = new byte[TcpGreeting.SizeBytes];
        for (int bit = 0; bit < 8 * TcpGreeting.SizeBytes; bit++)
        {
            TcpGreeting.WriteInitiator(bytes, Token);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(TcpGreeting.IsInitiator(bytes, Token), string.Create(CultureInfo.InvariantCulture, $"bit {bit}"));
        }

        Assert.False(TcpGreeting.IsInitiator([], Token));
        Assert.False(TcpGreeting.IsAcceptor([]));
    }

    private static TcpFrame Example(TcpFrameKind kind) => kind switch
    {
        TcpFrameKind.Write => new TcpFrame(kind, 0, 0x1122334455667788, 4096, 1UL << 40, 7),
        TcpFrameKind.WriteNotify => new TcpFrame(kind, 0xdeadbeef, 0x1122334455667788, 4096, 64, 0),
        TcpFrameKind.ReadRequest => new TcpFrame(kind, 0, 0x1122334455667788, 4096, 64, 7),
        TcpFrameKind.ReadReply => new TcpFrame(kind, 0, 0, 4096, 64, 7),
        _ => new TcpFrame(kind, 0, 0, 0, 0, 7),
    };

    /// <summary>A frame of any kind in which some fields are zero, some small and some anything.</summary>
    private static void Scramble(Random random, byte[] bytes)
    {
        random.NextBytes(bytes);
        "RT\u0001"u8.CopyTo(bytes);
        bytes[3] = (byte)random.Next(8);
        for (int field = 4; field < TcpFrame.SizeBytes; field += field == 4 ? 4 : 8)
        {
            switch (random.Next(3))
            {
                case 0:
                    bytes.AsSpan(field, field == 4 ? 4 : 8).Clear();
                    break;
                case 1:
                    bytes.AsSpan(field + 2, field == 4 ? 2 : 6).Clear();
                    break;
                default:
                    break;
            }
        }
    }
}
