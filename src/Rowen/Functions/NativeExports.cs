using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Functions;

/// <summary>Which functions a shared library exports, read from its table of dynamic symbols (ELF, 64 bits, little endian) without loading it.</summary>
internal static class NativeExports
{
    private const int HeaderBytes = 64;
    private const int SectionBytes = 64;
    private const int SymbolBytes = 24;
    private const uint DynamicSymbols = 11; // SHT_DYNSYM
    private const int MaxSections = 10_000;
    private const int MaxTableBytes = 16 << 20;
    private const int Function = 2; // STT_FUNC
    private const int VisibleToAll = 0; // STV_DEFAULT

    /// <summary>Their names, in order; empty if it is no such library, is damaged, or says nothing.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        byte[] header = ReadOrNone(file, 0, HeaderBytes) ?? [];
        if (header.Length == 0 || !header.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8) || BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3A)) != SectionBytes)
        {
            return [];
        }

        int count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(0x3C)), MaxSections);
        byte[] sections = ReadOrNone(file, BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(0x28)), (ulong)count * SectionBytes) ?? [];
        for (int at = 0; at < sections.Length; at += SectionBytes)
        {
            ReadOnlySpan<byte> section = sections.AsSpan(at, SectionBytes);
            uint names = BinaryPrimitives.ReadUInt32LittleEndian(section[0x28..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == DynamicSymbols && names < (uint)count)
            {
                return Names(ReadSectionOrNone(file, section) ?? [], ReadSectionOrNone(file, sections.AsSpan((int)names * SectionBytes, SectionBytes)) ?? []);
            }
        }

        return [];
    }

    private static List<string> Names(byte[] symbols, byte[] strings)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal); // a symbol may be there in several versions
        for (int at = 0; at + SymbolBytes <= symbols.Length; at += SymbolBytes)
        {
            ReadOnlySpan<byte> symbol = symbols.AsSpan(at, SymbolBytes);
            uint name = BinaryPrimitives.ReadUInt32LittleEndian(symbol);
            bool isDefined = BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) != 0;
            if (isDefined && (symbol[4] & 0xF) == Function && (symbol[5] & 3) == VisibleToAll && name < (uint)strings.Length)
            {
                ReadOnlySpan<byte> text = strings.AsSpan((int)name);
                int end = text.IndexOf((byte)0);
                names.Add(Encoding.UTF8.GetString(end < 0 ? text : text[..end]));
            }
        }

        return [.. names];
    }

    private static byte[]? ReadSectionOrNone(SafeFileHandle file, ReadOnlySpan<byte> section) =>
        ReadOrNone(file, BinaryPrimitives.ReadUInt64LittleEndian(section[0x18..]), BinaryPrimitives.ReadUInt64LittleEndian(section[0x20..]));

    private static byte[]? ReadOrNone(SafeFileHandle file, ulong offset, ulong lengthBytes)
    {
        if (lengthBytes > MaxTableBytes || offset > long.MaxValue - MaxTableBytes)
        {
            return null;
        }

        byte[] bytes = new byte[lengthBytes];
        return RandomAccess.Read(file, bytes, (long)offset) == bytes.Length ? bytes : null;
    }
}
