using System.Buffers.Binary;

namespace Rowen.Fabric.Tcp;

/// <summary>The 40 bytes in front of everything on a data socket of the <c>tcp</c> provider.</summary>
/// <remarks>
/// <code>
/// offset  size  field         little-endian
///      0     2  Magic         'R' 'T'
///      2     1  Version       currently 1
///      3     1  Kind          1 write, 2 write and notify, 3 read request, 4 read reply, 5 done, 6 refused
///      4     4  Immediate     kind 2, otherwise 0
///      8     8  Key           kinds 1 to 3: memory of the receiver, otherwise 0
///     16     8  Offset        kinds 1 to 3: first byte in that memory; kind 4: first byte within the read; otherwise 0
///     24     8  LengthBytes   kinds 1, 2, 4: payload that follows; kind 3: how much is wanted; otherwise 0; at most 1 TiB
///     32     8  Operation     the initiator's number; 0 where it wants no answer (kinds 1, 2, 6)
/// </code>
/// </remarks>
internal readonly record struct TcpFrame(
    TcpFrameKind Kind, uint Immediate, ulong Key, ulong Offset, ulong LengthBytes, ulong Operation)
{
    public const int SizeBytes = 40;

    public const byte Version = 1;

    public const ulong MaxLengthBytes = 1UL << 40;

    /// <summary>Whether a payload of <see cref="LengthBytes"/> follows.</summary>
    public bool HasPayload => Kind is TcpFrameKind.Write or TcpFrameKind.WriteNotify or TcpFrameKind.ReadReply;

    public void Write(Span<byte> target)
    {
        target = target[..SizeBytes];
        target[0] = (byte)'R';
        target[1] = (byte)'T';
        target[2] = Version;
        target[3] = (byte)Kind;
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Immediate);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Key);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], LengthBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Operation);
    }

    /// <summary>Reads a frame that a peer wrote; never throws on hostile bytes.</summary>
    /// <returns>False if these are not the bytes of a frame: then the connection is worth nothing any more.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out TcpFrame frame)
    {
        frame = default;
        if (source.Length < SizeBytes || source[0] != (byte)'R' || source[1] != (byte)'T' || source[2] != Version)
        {
            return false;
        }

        var read = new TcpFrame(
            (TcpFrameKind)source[3],
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]));
        if (!read.IsConsistent())
        {
            return false;
        }

        frame = read;
        return true;
    }

    private bool IsConsistent() => LengthBytes <= MaxLengthBytes && Kind switch
    {
        TcpFrameKind.Write => Immediate == 0,
        TcpFrameKind.WriteNotify => Operation == 0,
        TcpFrameKind.ReadRequest => Immediate == 0 && Operation != 0,
        TcpFrameKind.ReadReply => (Immediate | Key) == 0 && Operation != 0,
        TcpFrameKind.Done => (Immediate | Key | Offset | LengthBytes) == 0 && Operation != 0,
        TcpFrameKind.Refused => (Immediate | Key | Offset | LengthBytes) == 0,
        _ => false,
    };
}
