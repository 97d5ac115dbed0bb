using System.Buffers.Binary;

namespace Rowen.Journals;

/// <summary>The first bytes of a journal.</summary>
/// <param name="Version">Of the format.</param>
/// <param name="Number">The job's.</param>
/// <param name="Salt">Random; part of every checksum, so that bytes of another journal are never taken for this one's.</param>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     8  Magic          "ROWENJOB"
///      8     2  Version        currently 1
///     10     2                 zero
///     12     8  Number
///     20     4  Salt
///     24     4  Checksum       CRC-32C of bytes 0 to 23
/// </code>
/// </remarks>
internal readonly record struct JournalHeader(ushort Version, ulong Number, uint Salt)
{
    public const int SizeBytes = 28;

    public const ushort CurrentVersion = 1;

    private static ReadOnlySpan<byte> Magic => "ROWENJOB"u8;

    public void Write(Span<byte> bytes)
    {
        bytes[..SizeBytes].Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[12..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], Salt);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], Checksum.Of(bytes[..24]));
    }

    /// <returns>False if they are not the first bytes of a journal; the version is not judged.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out JournalHeader header)
    {
        header = default;
        if (bytes.Length < SizeBytes
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]) != Checksum.Of(bytes[..24]))
        {
            return false;
        }

        header = new JournalHeader(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]));
        return true;
    }
}
