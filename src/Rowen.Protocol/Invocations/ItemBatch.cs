using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Invocations;

/// <summary>Several inputs of one function in one request, and their results in one reply.</summary>
/// <remarks>
/// A request is a batch if <see cref="Flag"/> is set in its function index. Both payloads have the same form:
/// <code>
/// offset  size  field            little-endian
///      0     8  ElapsedNs        reply: what the items took together; request: zero
/// then for each item, from offset 8 on
///      0     4  LengthBytes      of the item
///      4     2  Error            zero in a request; otherwise what follows describes it
///      6     2  reserved         zero
///      8     n  input, result or fault, aligned to 16 bytes; then up to 15 bytes that mean nothing
/// </code>
/// A reply holds the first items of its request, in their order: those that it lacks were not begun. The end of the
/// payload is the end of the items. The deadline in the request's header is each item's.
/// </remarks>
public static class ItemBatch
{
    /// <summary>In a request's function index: its payload is a batch.</summary>
    public const uint Flag = 0x8000_0000;

    /// <summary>Bytes before the first item.</summary>
    public const int HeadBytes = 8;

    /// <summary>Bytes before an item's own.</summary>
    public const int ItemHeadBytes = 8;

    private const int Alignment = 16;

    /// <summary>What an item takes, with what goes before and after it.</summary>
    /// <param name="lengthBytes">Its own bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong StrideOf(ulong lengthBytes) => (ItemHeadBytes + lengthBytes + Alignment - 1) & ~(ulong)(Alignment - 1);

    /// <summary>Writes what goes before an item.</summary>
    /// <param name="target">At least <see cref="ItemHeadBytes"/> long.</param>
    /// <param name="lengthBytes">The item's own bytes.</param>
    /// <param name="error">Why there is no result, or none.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteItemHead(Span<byte> target, int lengthBytes, ErrorCode error) =>
        BinaryPrimitives.WriteUInt64LittleEndian(target, (uint)lengthBytes | ((ulong)error << 32));

    /// <summary>Adds an item to a request.</summary>
    /// <param name="target">The request's payload.</param>
    /// <param name="usedBytes">How much of it is used: <see cref="HeadBytes"/> before the first item. Grows.</param>
    /// <param name="input">The item's bytes.</param>
    /// <returns>False if it does not fit.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAdd(Span<byte> target, ref int usedBytes, ReadOnlySpan<byte> input)
    {
        ulong stride = StrideOf((ulong)input.Length);
        if (stride > (ulong)(target.Length - usedBytes))
        {
            return false;
        }

        WriteItemHead(target[usedBytes..], input.Length, ErrorCode.None);
        input.CopyTo(target[(usedBytes + ItemHeadBytes)..]);
        usedBytes += (int)stride;
        return true;
    }

    /// <summary>Reads the next item of a batch; never throws on hostile bytes.</summary>
    /// <param name="payload">The batch.</param>
    /// <param name="offset">Where the item begins: <see cref="HeadBytes"/> for the first. Moves on.</param>
    /// <param name="error">Why there is no result, or none.</param>
    /// <param name="item">Its bytes.</param>
    /// <returns>False at the end, and where the bytes are no item.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> payload, ref int offset, out ErrorCode error, out ReadOnlySpan<byte> item)
    {
        if ((uint)offset <= (uint)payload.Length && payload.Length - offset >= ItemHeadBytes)
        {
            ulong head = BinaryPrimitives.ReadUInt64LittleEndian(payload[offset..]); // once: the peer may still be writing
            uint lengthBytes = (uint)head;
            if (lengthBytes <= (uint)(payload.Length - offset - ItemHeadBytes))
            {
                error = (ErrorCode)(ushort)(head >> 32);
                item = payload.Slice(offset + ItemHeadBytes, (int)lengthBytes);
                offset = (int)Math.Min((ulong)payload.Length, (ulong)offset + StrideOf(lengthBytes));
                return true;
            }
        }

        error = ErrorCode.None;
        item = default;
        return false;
    }

    /// <summary>What the items of a reply took together, in nanoseconds; 0 if the bytes are no batch.</summary>
    /// <param name="payload">The reply's payload.</param>
    public static long ElapsedNs(ReadOnlySpan<byte> payload) =>
        payload.Length < HeadBytes ? 0 : BinaryPrimitives.ReadInt64LittleEndian(payload);
}
