using Rowen.Fabric.Libfabric;
using Rowen.Fabric.Memory;

namespace Rowen.UnitTests.Fabric.Libfabric;

/// <summary>What the two ends of a connection over libfabric say to each other, byte by byte.</summary>
public sealed class OfiMessageTests
{
    private static readonly OfiBlockMessage Tell = new(
        OfiMessageKind.Tell, 0x1122334455667788, 0x1000, 0xAABB, 65_536, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);

    private static readonly OfiBlockMessage Ask = new(OfiMessageKind.Ask, 0x1122334455667788, 0, 0, 0, MemoryAccess.None);

    private static readonly OfiPacket Packet = new(
        0x0102030405060708, 0x1122334455667788, 0x1000, 64, 0xDEADBEEF, OfiPacketKind.Payload);

    private static readonly OfiPlace Place = new(0x0102030405060708, 0x1000, 0xAABB, [1, 2, 3, 4]);

    [Fact]
    public void Block_message_has_these_bytes()
    {
        const string key = "8877665544332211";
        Assert.Equal(
            "5257011128000000" + key + "0010000000000000" + "BBAA000000000000" + "0000010000000000" + "0300000000000000",
            Hex(OfiBlockMessage.SizeBytes, Tell.Write));
        Assert.Equal("5257011028000000" + key + new string('0', 64), Hex(OfiBlockMessage.SizeBytes, Ask.Write));
        AssertReads(Tell);
        AssertReads(Ask);
    }

    [Fact]
    public void Packet_has_these_bytes()
    {
        byte[] bytes = new byte[OfiPacket.SizeBytes + 64];
        Packet.Write(bytes);

        Assert.Equal(
            "0807060504030201" + "8877665544332211" + "0010000000000000" + "40000000" + "EFBEADDE" + "0100000000000000",
            Convert.ToHexString(bytes.AsSpan(0, OfiPacket.SizeBytes)));
        Assert.True(OfiPacket.TryRead(bytes, out OfiPacket read));
        Assert.Equal(Packet, read);
    }

    [Fact]
    public void Place_has_these_bytes()
    {
        Assert.Equal("0807060504030201" + "0010000000000000" + "BBAA000000000000" + "01020304", Hex(Place.SizeBytes, Place.Write));
        byte[] bytes = new byte[Place.SizeBytes];
        Place.Write(bytes);
        Assert.True(OfiPlace.TryRead(bytes, out OfiPlace read));
        Assert.Equal(Place with { Address = read.Address }, read);
        Assert.Equal(Place.Address, read.Address);
    }

    [Theory]
    [InlineData(0, 0x53)] // magic
    [InlineData(2, 2)] // version
    [InlineData(3, 15)] // kinds that are none
    [InlineData(3, 20)]
    [InlineData(4, 41)] // another length
    [InlineData(40, 4)] // an access that is none
    [InlineData(44, 1)] // beyond the access
    public void Changed_byte_of_a_block_message_is_refused(int index, byte value)
    {
        byte[] bytes = new byte[OfiBlockMessage.SizeBytes];
        Tell.Write(bytes);
        bytes[index] = value;

        Assert.False(OfiBlockMessage.TryRead(bytes, out _));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(40)]
    public void Question_that_answers_is_refused(int index)
    {
        byte[] bytes = new byte[OfiBlockMessage.SizeBytes];
        Ask.Write(bytes);
        bytes[index] = 1;

        Assert.False(OfiBlockMessage.TryRead(bytes, out _));
    }

    [Theory]
    [InlineData(24, 65)] // more than follows
    [InlineData(24, 63)] // less
    [InlineData(32, 0)] // kinds that are none
    [InlineData(32, 4)]
    [InlineData(32, 2)] // a payload where none belongs
    [InlineData(36, 1)]
    public void Changed_byte_of_a_packet_is_refused(int index, byte value)
    {
        byte[] bytes = new byte[OfiPacket.SizeBytes + 64];
        Packet.Write(bytes);
        bytes[index] = value;

        Assert.False(OfiPacket.TryRead(bytes, out _));
    }

    [Fact]
    public void Hostile_bytes_never_throw()
    {
        const int seed = 4711;
        var random = new Random(seed);
        byte[] bytes = new byte[300];
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
            {
                Tell.Write(bytes);
                bytes[random.Next(OfiBlockMessage.SizeBytes)] ^= (byte)(1 << random.Next(8));
            }

            ReadOnlySpan<byte> part = bytes.AsSpan(0, random.Next(bytes.Length));
            if (OfiBlockMessage.TryRead(part, out OfiBlockMessage message))
            {
                byte[] again = new byte[OfiBlockMessage.SizeBytes];
                message.Write(again);
                Assert.True(part[..OfiBlockMessage.SizeBytes].SequenceEqual(again), $"seed {seed}, round {i}");
            }

            _ = OfiPacket.TryRead(part, out _);
            Assert.Equal(part.Length is > 24 and <= 280, OfiPlace.TryRead(part, out _));
        }
    }

    [Fact]
    public void Secrets_are_not_printed()
    {
        Assert.Equal("Tell of 65536 bytes", Tell.ToString());
        Assert.Equal("Payload of 64 bytes", Packet.ToString());
        Assert.Equal("an endpoint with an address of 4 bytes", Place.ToString());
    }

    private static void AssertReads(OfiBlockMessage message)
    {
        byte[] bytes = new byte[OfiBlockMessage.SizeBytes];
        message.Write(bytes);
        Assert.True(OfiBlockMessage.TryRead(bytes, out OfiBlockMessage read));
        Assert.Equal(message, read);
    }

    private static string Hex(int sizeBytes, WriteBytes write)
    {
        byte[] bytes = new byte[sizeBytes];
        write(bytes);
        return Convert.ToHexString(bytes);
    }

    private delegate void WriteBytes(Span<byte> target);
}
