using System.Buffers.Binary;

namespace Rowen.Journals;

/// <summary>What stands before the records of one commit, which are written and made durable together.</summary>
/// <param name="Sequence">Number of the frame in its journal, from 1.</param>
/// <param name="BodyBytes">Bytes of records that follow.</param>
/// <param name="BodyChecksum">Theirs, salted.</param>
/// <remarks>
/// The next frame is written only when this one is on the disk: of all frames, only the last can be torn. An unreadable one
/// that has a successor is therefore damaged.
/// <code>
/// offset  size  field          little-endian
///      0     4  Magic          "RWFR"
///      4     4  BodyBytes      from 1 to 16 MiB
///      8     8  Sequence
///     16     4  BodyChecksum   CRC-32C of the body, salted
///     20     4  Checksum       CRC-32C of bytes 0 to 19, salted
/// </code>
/// </remarks>
internal readonly record struct JournalFrame(ulong Sequence, int BodyBytes, uint BodyChecksum)
{
    public const int SizeBytes = 24;

    public const int MaxBodyBytes = 16 << 20;

    public static ReadOnlySpan<byte> Magic => "RWFR"u8;

    public void Write(Span<byte> bytes, uint salt)
    {
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], BodyBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], BodyChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], Checksum.Of(bytes[..20], salt));
    }

    /// <returns>False if no frame of this journal begins here.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint salt, out JournalFrame frame)
    {
        frame = default;
        if (bytes.Length < SizeBytes
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) != Checksum.Of(bytes[..20], salt))
        {
            return false;
        }

        frame = new JournalFrame(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
        return frame.BodyBytes is > 0 and <= MaxBodyBytes;
    }
}
