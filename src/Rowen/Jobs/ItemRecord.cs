using System.Buffers.Binary;

namespace Rowen.Jobs;

/// <summary>Where and when an item of a job ran; what came of it follows.</summary>
/// <param name="Item">Position of the item in the input, from 0.</param>
/// <param name="Lane">Number of the lane within the run.</param>
/// <param name="StartedAt">When it was sent, in ticks of 100 ns since 0001-01-01 UTC.</param>
/// <param name="DurationTicks">From then until its result was here, in ticks of 100 ns.</param>
/// <param name="Attempts">How many times it was sent since its map began, from 1; 0 where Rowen did not count yet.</param>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     8  Item
///      8     8  StartedAt
///     16     8  DurationTicks
///     24     4  Lane
///     28     4  Attempts
/// </code>
/// </remarks>
internal readonly record struct ItemRecord(long Item, int Lane, long StartedAt, long DurationTicks, int Attempts)
{
    public const int SizeBytes = 32;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Item);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], StartedAt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], DurationTicks);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], Lane);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[28..], Attempts);
    }

    /// <returns>False if they are no such record of a job with so many items.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, long itemCount, out ItemRecord record)
    {
        record = default;
        if (bytes.Length < SizeBytes)
        {
            return false;
        }

        record = new ItemRecord(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]));
        return record.Item >= 0 && record.Item < itemCount
            && record is { Lane: >= 0, DurationTicks: >= 0, Attempts: >= 0 }
            && record.StartedAt >= 0 && record.StartedAt <= DateTime.MaxValue.Ticks - record.DurationTicks;
    }
}
