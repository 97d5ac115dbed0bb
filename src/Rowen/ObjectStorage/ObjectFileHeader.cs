using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Rowen.ObjectStorage;

/// <summary>What a file of <see cref="FileObjectStore"/> begins with; its byte table is there.</summary>
internal static class ObjectFileHeader
{
    private const int FixedBytes = 8;
    private const int MaxNameBytes = 800; // 200 characters

    public static byte[] Write(string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        byte[] header = new byte[FixedBytes + text.Length];
        "RWO1"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), text.Length);
        text.CopyTo(header, FixedBytes);
        return header;
    }

    /// <summary>Reads the name, and leaves the stream at the content. Never throws on hostile bytes.</summary>
    /// <returns>Null if the file is none of ours.</returns>
    public static string? ReadNameOrNone(Stream file)
    {
        Span<byte> head = stackalloc byte[FixedBytes];
        if (file.ReadAtLeast(head, FixedBytes, throwOnEndOfStream: false) < FixedBytes || !head.StartsWith("RWO1"u8))
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        if (length is < 1 or > MaxNameBytes)
        {
            return null;
        }

        Span<byte> name = stackalloc byte[length];
        return file.ReadAtLeast(name, length, throwOnEndOfStream: false) == length && Utf8.IsValid(name) ? Encoding.UTF8.GetString(name) : null;
    }
}
