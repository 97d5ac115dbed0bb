using System.Buffers.Binary;

namespace Rowen.Jobs;

/// <summary>Where a result lies that is too large for the journal.</summary>
/// <param name="Position">Its first byte in the file <c>results</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Checksum">CRC-32C of it.</param>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     8  Position
///      8     8  Bytes
///     16     4  Checksum
/// </code>
/// </remarks>
internal readonly record struct ResultPlace(long Position, long Bytes, uint Checksum)
{
    public const int SizeBytes = 20;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Position);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Checksum);
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out ResultPlace place)
    {
        place = default;
        if (bytes.Length != SizeBytes)
        {
            return false;
        }

        place = new ResultPlace(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
        return place is { Position: >= 0, Bytes: >= 0 } && place.Bytes <= Array.MaxLength;
    }
}
