using System.Buffers.Binary;

namespace Rowen.Fabric.Libfabric;

/// <summary>What a message through libfabric begins with, where the fabric cannot notify of writes by itself.</summary>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     8  Secret         the receiver's, from the meeting: whoever does not know it is a stranger
///      8     8  Key            memory of the receiver that the payload is for
///     16     8  Offset         first byte in that memory
///     24     4  PayloadBytes   bytes that follow, to be copied there
///     28     4  Immediate      for the receiver's notification
///     32     4  Kind           1 payload and notification, 2 notification of a write that is delivered, 3 probe
///     36     4  zero
/// </code>
/// </remarks>
/// <param name="Secret">The receiver's.</param>
/// <param name="Key">Memory of the receiver.</param>
/// <param name="Offset">First byte in it.</param>
/// <param name="PayloadBytes">How many bytes follow.</param>
/// <param name="Immediate">For the notification.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct OfiPacket(
    ulong Secret, ulong Key, ulong Offset, uint PayloadBytes, uint Immediate, OfiPacketKind Kind)
{
    /// <summary>Size on the wire, in bytes, without the payload.</summary>
    public const int SizeBytes = 40;

    /// <summary>The most that a message carries: measured, beyond it a write and a message of its own are as fast.</summary>
    public const int MaxPayloadBytes = 4096;

    /// <summary>Without secrets.</summary>
    public override string ToString() => $"{Kind} of {PayloadBytes} bytes";

    /// <summary>Writes it to the first <see cref="SizeBytes"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Secret);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Key);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], Immediate);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], (ulong)Kind);
    }

    /// <summary>Reads what a peer wrote; never throws on hostile bytes.</summary>
    /// <returns>False if that is no such message, or its payload is not what follows.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out OfiPacket packet)
    {
        packet = default;
        if (source.Length < SizeBytes)
        {
            return false;
        }

        ulong kind = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]);
        packet = new OfiPacket(
            BinaryPrimitives.ReadUInt64LittleEndian(source),
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[28..]),
            (OfiPacketKind)kind);
        return kind is >= (ulong)OfiPacketKind.Payload and <= (ulong)OfiPacketKind.Probe
            && packet.PayloadBytes == (ulong)(source.Length - SizeBytes)
            && (packet.Kind == OfiPacketKind.Payload || packet.PayloadBytes == 0);
    }
}
