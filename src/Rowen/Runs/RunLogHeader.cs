using System.Buffers.Binary;
using Rowen.Journals;

namespace Rowen.Runs;

/// <summary>The beginning of a run's log.</summary>
/// <param name="Salt">Goes into every checksum: bytes of another log are none of this one.</param>
/// <remarks>
/// <code>
/// offset  size  field      little-endian
///      0     8  Magic      "RWRUNLOG"
///      8     2  Version    1
///     10     2  reserved   zero
///     12     4  Salt       random
///     16     4  Checksum   CRC-32C of bytes 0 to 15
/// </code>
/// </remarks>
internal readonly record struct RunLogHeader(uint Salt)
{
    public const int SizeBytes = 20;

    private const ushort CurrentVersion = 1;

    private static ReadOnlySpan<byte> Magic => "RWRUNLOG"u8;

    /// <summary>The salt of a record: one that an item has printed, because it printed this very file, is none where it then stands.</summary>
    /// <param name="position">Where the record begins.</param>
    public uint SaltAt(long position) => Salt ^ (uint)((ulong)position * 0x9E3779B97F4A7C15 >> 32);

    public void Write(Span<byte> bytes)
    {
        bytes[..SizeBytes].Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], CurrentVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Salt);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Checksum.Of(bytes[..16]));
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out RunLogHeader header)
    {
        header = default;
        if (bytes.Length < SizeBytes
            || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) != CurrentVersion
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]) != Checksum.Of(bytes[..16]))
        {
            return false;
        }

        header = new RunLogHeader(BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
        return true;
    }
}
