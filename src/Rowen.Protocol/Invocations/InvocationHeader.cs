using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Invocations;

/// <summary>The 48 bytes in front of every slot: a request on its way out, a reply on its way back.</summary>
/// <remarks>
/// <code>
/// offset  size  field            little-endian
///      0     1  Version          currently 1
///      1     1  Kind             1 request, 2 reply
///      2     2  Error            zero in a request
///      4     4  FunctionIndex    as the executor numbered it
///      8     8  InvocationId     chosen by the caller, unique within the lane; a reply repeats it; written last
///     16     8  PayloadBytes     of the input, or of the result
///     24     8  RemoteKey        zero: the payload follows this header; else it begins memory of that key
///     32     8  ResultCapacity   request: most bytes that the caller takes; reply: zero
///     40     4  DeadlineMs       request: what is left until the deadline, rounded up; zero: none
///     44     4  reserved         zero
/// </code>
/// 48 and not 64, so that header and a payload of up to 16 bytes share a cache line: each line that goes from core to
/// core costs a hot invocation up to 0.1 µs. Payloads are aligned to 16 bytes.
/// </remarks>
/// <param name="Kind">Request or reply.</param>
/// <param name="Error">Outcome; <see cref="ErrorCode.None"/> in a request.</param>
/// <param name="FunctionIndex">The function, as the executor numbered it.</param>
/// <param name="InvocationId">Chosen by the caller, unique within the lane.</param>
/// <param name="PayloadBytes">Bytes of input or result.</param>
/// <param name="RemoteKey">Where a payload that exceeds the slot lies, or zero.</param>
/// <param name="ResultCapacity">Most result bytes that the caller takes.</param>
/// <param name="DeadlineMs">Milliseconds left until the deadline, or zero.</param>
public readonly record struct InvocationHeader(
    InvocationKind Kind,
    ErrorCode Error,
    uint FunctionIndex,
    ulong InvocationId,
    ulong PayloadBytes,
    ulong RemoteKey,
    ulong ResultCapacity,
    uint DeadlineMs)
{
    /// <summary>Where the invocation id lies: the word whose change says that a header has come, where it is watched.</summary>
    public const int IdOffset = 8;

    /// <summary>Size on the wire, in bytes.</summary>
    public const int SizeBytes = 48;

    /// <summary>The version that this code speaks.</summary>
    public const byte CurrentVersion = 1;

    /// <summary>Writes the header to the first <see cref="SizeBytes"/> bytes, the invocation id after all else.</summary>
    /// <param name="target">At least <see cref="SizeBytes"/> long.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> target)
    {
        // Field by field: a copy of the whole would have to wait until its fields have left the store buffer.
        ref WireForm wire = ref MemoryMarshal.AsRef<WireForm>(target);
        wire.Start = CurrentVersion | ((uint)Kind << 8) | ((uint)Error << 16);
        wire.FunctionIndex = FunctionIndex;
        wire.PayloadBytes = PayloadBytes;
        wire.RemoteKey = RemoteKey;
        wire.ResultCapacity = ResultCapacity;
        wire.DeadlineMs = DeadlineMs;
        Volatile.Write(ref wire.InvocationId, InvocationId);
    }

    /// <summary>Reads a header that a peer wrote, once: it may still be writing. Never throws on hostile bytes.</summary>
    /// <param name="source">What arrived.</param>
    /// <param name="slotBytes">Payload bytes of the slot that it arrived in.</param>
    /// <param name="header">The header, when the bytes are one.</param>
    /// <returns>
    /// False if the bytes are too few, of another version or kind, or promise more payload than the slot
    /// can hold.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> source, int slotBytes, out InvocationHeader header)
    {
        if (!MemoryMarshal.TryRead(source, out WireForm wire)
            || (byte)wire.Start != CurrentVersion
            || (wire.Start >> 8 & 0xFF) is not (1 or 2)
            || (wire.RemoteKey == 0 && wire.PayloadBytes > (uint)slotBytes))
        {
            header = default;
            return false;
        }

        header = new InvocationHeader(
            (InvocationKind)(wire.Start >> 8 & 0xFF),
            (ErrorCode)(wire.Start >> 16),
            wire.FunctionIndex,
            wire.InvocationId,
            wire.PayloadBytes,
            wire.RemoteKey,
            wire.ResultCapacity,
            (uint)wire.DeadlineMs);
        return true;
    }

    /// <summary>The table above as memory. Rowen runs on little-endian machines only: x64 and arm64.</summary>
    [StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
    private struct WireForm
    {
        public uint Start;
        public uint FunctionIndex;
        public ulong InvocationId;
        public ulong PayloadBytes;
        public ulong RemoteKey;
        public ulong ResultCapacity;
        public ulong DeadlineMs; // the upper half is reserved
    }
}
