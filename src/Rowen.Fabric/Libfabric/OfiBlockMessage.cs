using System.Buffers.Binary;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.Memory;

namespace Rowen.Fabric.Libfabric;

/// <summary>A message about one block of memory, on the socket beside a connection over libfabric.</summary>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     8  (frame)        as on every control socket; kinds 16 to 19
///      8     8  Key            which block, as <see cref="RemoteBlock.Key"/>
///     16     8  Address        kind 17: of the block's first byte, as libfabric's operations need it; otherwise 0
///     24     8  NetworkKey     kind 17: libfabric's key of it; otherwise 0
///     32     8  LengthBytes    kind 17: its size; 0 if no such block is shared; otherwise 0
///     40     4  Access         kind 17: 1 the peer may read, 2 it may write, 3 both; otherwise 0
///     44     4  zero
/// </code>
/// </remarks>
/// <param name="Kind">From <see cref="OfiMessageKind.Ask"/> on.</param>
/// <param name="Key">Which block.</param>
/// <param name="Address">Of its first byte.</param>
/// <param name="NetworkKey">libfabric's key.</param>
/// <param name="LengthBytes">Its size.</param>
/// <param name="Access">What the peer may do.</param>
internal readonly record struct OfiBlockMessage(
    OfiMessageKind Kind, ulong Key, ulong Address, ulong NetworkKey, ulong LengthBytes, MemoryAccess Access)
{
    /// <summary>Size on the wire, in bytes.</summary>
    public const int SizeBytes = ControlFrame.SizeBytes + PayloadBytes;

    private const int PayloadBytes = 40;
    private const MemoryAccess AnyAccess = MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite;

    /// <summary>Without keys and addresses, which are secrets.</summary>
    public override string ToString() => $"{Kind} of {LengthBytes} bytes";

    /// <summary>Writes it to the first <see cref="SizeBytes"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        new ControlFrame(ControlFrame.CurrentVersion, (byte)Kind, PayloadBytes).Write(target);
        Span<byte> payload = target[ControlFrame.SizeBytes..SizeBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, Key);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], Address);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], NetworkKey);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[24..], LengthBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[32..], (ulong)Access);
    }

    /// <summary>Reads what a peer wrote; never throws on hostile bytes.</summary>
    /// <returns>False if that is no such message.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out OfiBlockMessage message)
    {
        message = default;
        if (source.Length < SizeBytes
            || !ControlFrame.TryRead(source, out ControlFrame frame)
            || frame.Version != ControlFrame.CurrentVersion
            || frame.PayloadBytes != PayloadBytes)
        {
            return false;
        }

        ReadOnlySpan<byte> payload = source[ControlFrame.SizeBytes..SizeBytes];
        ulong access = BinaryPrimitives.ReadUInt64LittleEndian(payload[32..]);
        message = new OfiBlockMessage(
            (OfiMessageKind)frame.Kind,
            BinaryPrimitives.ReadUInt64LittleEndian(payload),
            BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(payload[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(payload[24..]),
            (MemoryAccess)access);
        bool saysWhere = message.Kind == OfiMessageKind.Tell;
        return message.Kind is >= OfiMessageKind.Ask and <= OfiMessageKind.Refused
            && access <= (ulong)AnyAccess
            && (saysWhere || (message.Address | message.NetworkKey | message.LengthBytes | access) == 0);
    }
}
