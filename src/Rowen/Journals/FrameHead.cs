using System.Buffers.Binary;

namespace Rowen.Journals;

/// <summary>What stands before bytes that are checked as a whole: a journal's frame, an item's record in a run's log.</summary>
/// <param name="Number">Which of them it is.</param>
/// <param name="BodyBytes">Bytes that follow.</param>
/// <param name="BodyChecksum">Theirs, salted.</param>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     4  Magic          of the kind of file
///      4     4  BodyBytes
///      8     8  Number
///     16     4  BodyChecksum   CRC-32C of the body, salted
///     20     4  Checksum       CRC-32C of bytes 0 to 19, salted
/// </code>
/// </remarks>
internal readonly record struct FrameHead(ulong Number, int BodyBytes, uint BodyChecksum)
{
    public const int SizeBytes = 24;

    public void Write(Span<byte> bytes, ReadOnlySpan<byte> magic, uint salt)
    {
        magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], BodyBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], BodyChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], Checksum.Of(bytes[..20], salt));
    }

    /// <returns>False if none of that file begins here. Its values are not judged.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic, uint salt, out FrameHead head)
    {
        head = default;
        if (bytes.Length < SizeBytes
            || !bytes.StartsWith(magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) != Checksum.Of(bytes[..20], salt))
        {
            return false;
        }

        head = new FrameHead(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
        return true;
    }
}
