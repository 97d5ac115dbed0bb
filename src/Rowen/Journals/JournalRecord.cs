using System.Buffers.Binary;

namespace Rowen.Journals;

/// <summary>One record within the body of a frame.</summary>
/// <param name="Kind">What it says; the journal itself does not care.</param>
/// <param name="Body">Its bytes; they are the reader's, and change with its next frame.</param>
/// <param name="Position">Where the body begins in the file.</param>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     4  BodyBytes      up to 1 MiB
///      4     2  Kind
///      6     2                 zero
///      8        Body
/// </code>
/// </remarks>
internal readonly record struct JournalRecord(ushort Kind, ReadOnlyMemory<byte> Body, long Position)
{
    public const int HeaderBytes = 8;

    public const int MaxBodyBytes = 1 << 20;

    public static void WriteHeader(Span<byte> bytes, ushort kind, int bodyBytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bodyBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], kind);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], 0);
    }

    /// <summary>Takes the next record off a frame's body.</summary>
    /// <param name="rest">What is left of the body; without the record afterwards.</param>
    /// <param name="position">Where that lies in the file; moved likewise.</param>
    /// <param name="record">The record.</param>
    /// <returns>False if no record begins here.</returns>
    public static bool TryTake(ref ReadOnlyMemory<byte> rest, ref long position, out JournalRecord record)
    {
        record = default;
        ReadOnlySpan<byte> bytes = rest.Span;
        if (bytes.Length < HeaderBytes)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length < 0 || length > MaxBodyBytes || length > bytes.Length - HeaderBytes || BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != 0)
        {
            return false;
        }

        record = new JournalRecord(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]), rest.Slice(HeaderBytes, length), position + HeaderBytes);
        rest = rest[(HeaderBytes + length)..];
        position += HeaderBytes + length;
        return true;
    }
}
