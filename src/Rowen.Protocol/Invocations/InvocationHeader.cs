using System.Buffers.Binary;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Invocations;

/// <summary>The 64 bytes in front of every slot: a request on its way out, a reply on its way back.</summary>
/// <remarks>
/// <code>
/// offset  size  field            little-endian
///      0     1  Version          currently 1
///      1     1  Kind             1 request, 2 reply
///      2     2  Error            zero in a request
///      4     4  FunctionIndex    as the executor numbered it
///      8     8  InvocationId     chosen by the caller, unique within the lane; a reply repeats it
///     16     8  PayloadBytes     of the input, or of the result
///     24     8  RemoteKey        zero: the payload follows this header; else it lies in memory of that key, at offset 0
///     32     8  RemoteBytes      size of that memory
///     40     8  ResultCapacity   request: most bytes that the caller takes; reply: zero
///     48     4  DeadlineMs       request: what is left until the deadline, rounded up; zero: none
///     52     4  State            written in place by the executor: 0 arrived, 1 started
///     56     8  reserved         zero
/// </code>
/// The payload begins at offset 64, so that inputs are aligned to cache lines and vectors.
/// </remarks>
/// <param name="Kind">Request or reply.</param>
/// <param name="Error">Outcome; <see cref="ErrorCode.None"/> in a request.</param>
/// <param name="FunctionIndex">The function, as the executor numbered it.</param>
/// <param name="InvocationId">Chosen by the caller, unique within the lane.</param>
/// <param name="PayloadBytes">Bytes of input or result.</param>
/// <param name="RemoteKey">Where a payload that exceeds the slot lies, or zero.</param>
/// <param name="RemoteBytes">Size of that memory.</param>
/// <param name="ResultCapacity">Most result bytes that the caller takes.</param>
/// <param name="DeadlineMs">Milliseconds left until the deadline, or zero.</param>
public readonly record struct InvocationHeader(
    InvocationKind Kind,
    ErrorCode Error,
    uint FunctionIndex,
    ulong InvocationId,
    ulong PayloadBytes,
    ulong RemoteKey,
    ulong RemoteBytes,
    ulong ResultCapacity,
    uint DeadlineMs)
{
    /// <summary>Size on the wire, in bytes.</summary>
    public const int SizeBytes = 64;

    /// <summary>Where the executor marks an invocation as started, within the header.</summary>
    public const int StateOffset = 52;

    /// <summary>The version that this code speaks.</summary>
    public const byte CurrentVersion = 1;

    /// <summary>Writes the header to the first <see cref="SizeBytes"/> bytes.</summary>
    /// <param name="target">At least <see cref="SizeBytes"/> long.</param>
    public void Write(Span<byte> target)
    {
        target = target[..SizeBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(target, CurrentVersion | ((uint)Kind << 8) | ((uint)Error << 16));
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], FunctionIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], InvocationId);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], PayloadBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], RemoteKey);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], RemoteBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], ResultCapacity);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], DeadlineMs); // and State = 0
        BinaryPrimitives.WriteUInt64LittleEndian(target[56..], 0);
    }

    /// <summary>Reads a header that a peer wrote; never throws on hostile bytes.</summary>
    /// <param name="source">A copy of what arrived: the peer may still be writing to the original.</param>
    /// <param name="slotBytes">Payload bytes of the slot that it arrived in.</param>
    /// <param name="header">The header, when the bytes are one.</param>
    /// <returns>
    /// False if the bytes are too few, of another version or kind, or promise more payload than the slot, or the
    /// remote memory that they name, can hold.
    /// </returns>
    public static bool TryRead(ReadOnlySpan<byte> source, int slotBytes, out InvocationHeader header)
    {
        header = default;
        if (source.Length < SizeBytes || source[0] != CurrentVersion || source[1] is not (1 or 2))
        {
            return false;
        }

        ulong payloadBytes = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]);
        ulong remoteKey = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]);
        ulong remoteBytes = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]);
        if (payloadBytes > (remoteKey == 0 ? (ulong)(uint)slotBytes : remoteBytes))
        {
            return false;
        }

        header = new InvocationHeader(
            (InvocationKind)source[1],
            (ErrorCode)BinaryPrimitives.ReadUInt16LittleEndian(source[2..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            payloadBytes,
            remoteKey,
            remoteBytes,
            BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[48..]));
        return true;
    }
}
