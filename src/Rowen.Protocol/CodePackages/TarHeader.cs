using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Rowen.Protocol.CodePackages;

/// <summary>The 512 bytes in front of each file of a tar archive, of the one kind that code packages have.</summary>
/// <remarks>
/// Read by ourselves, not by System.Formats.Tar: that takes a length from the archive and allocates it (long names,
/// extended attributes), and accepts links, devices and a dozen dialects that we would have to refuse again.
/// <code>
/// offset  size  field     POSIX ustar; numbers are octal digits, filled with zeros, ended by a space or NUL
///      0   100  name      last part of the path; shorter ones end with NUL
///    100     8  mode      bit 0100: executable
///    108    16  uid, gid  ignored
///    124    12  size      bytes that follow, filled up to a multiple of 512
///    136    12  mtime     ignored
///    148     8  chksum    sum of the 512 bytes, with these eight taken as spaces
///    156     1  typeflag  '0' or NUL: a regular file. Nothing else is accepted
///    157   100  linkname  empty
///    257     8  magic     "ustar", NUL, "00"
///    265    80  uname, gname, devmajor, devminor: ignored
///    345   155  prefix    what comes before name and a '/', or empty
///    500    12  ignored
/// </code>
/// </remarks>
/// <param name="Path">The file's path; obeys <see cref="CodePackagePath"/>.</param>
/// <param name="LengthBytes">Length of the file.</param>
/// <param name="IsExecutable">Whether its owner may execute it.</param>
internal readonly record struct TarHeader(string Path, long LengthBytes, bool IsExecutable)
{
    /// <summary>Size of a header, and of the blocks that contents are filled up to.</summary>
    public const int SizeBytes = 512;

    /// <summary>Reads a header that a peer wrote; never throws on hostile bytes.</summary>
    /// <param name="block">512 bytes.</param>
    /// <param name="header">The header, when the bytes are one.</param>
    /// <param name="fault">Otherwise a clause that says what is wrong.</param>
    public static bool TryRead(ReadOnlySpan<byte> block, out TarHeader header, [NotNullWhen(false)] out string? fault)
    {
        header = default;
        fault = FindFault(block);
        if (fault is not null)
        {
            return false;
        }

        if (!TryReadOctal(block.Slice(124, 12), out long length) || !TryReadOctal(block.Slice(100, 8), out long mode))
        {
            fault = "a size or mode is no octal number";
            return false;
        }

        return TryReadPath(block, out string path, out fault) && TryMake(path, length, mode, out header);
    }

    private static bool TryMake(string path, long length, long mode, out TarHeader header)
    {
        header = new TarHeader(path, length, (mode & 0x40) != 0);
        return true;
    }

    private static string? FindFault(ReadOnlySpan<byte> block)
    {
        if (!TryReadOctal(block.Slice(148, 8), out long sum) || sum != Sum(block))
        {
            return "a header's checksum is wrong";
        }

        if (!block.Slice(257, 8).SequenceEqual("ustar\000"u8))
        {
            return "it is not in the ustar format (tar --format=ustar)";
        }

        bool isFile = block[156] is (byte)'0' or 0 && block[157] == 0;
        return isFile ? null : "it holds something that is no regular file";
    }

    private static long Sum(ReadOnlySpan<byte> block)
    {
        long sum = 8 * ' ';
        for (int index = 0; index < SizeBytes; index++)
        {
            sum += index is >= 148 and < 156 ? 0 : block[index];
        }

        return sum;
    }

    private static bool TryReadPath(ReadOnlySpan<byte> block, out string path, [NotNullWhen(false)] out string? fault)
    {
        ReadOnlySpan<byte> name = Text(block[..100]);
        ReadOnlySpan<byte> prefix = Text(block.Slice(345, 155));
        if (!Utf8.IsValid(name) || !Utf8.IsValid(prefix))
        {
            path = string.Empty;
            fault = "the name of a file is no UTF-8";
            return false;
        }

        path = prefix.IsEmpty
            ? Encoding.UTF8.GetString(name)
            : $"{Encoding.UTF8.GetString(prefix)}/{Encoding.UTF8.GetString(name)}";
        fault = CodePackagePath.FindFault(path);
        fault = fault is null ? null : $"the name of a file {fault}";
        return fault is null;
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    private static bool TryReadOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        ReadOnlySpan<byte> digits = field.Trim((byte)' ').TrimEnd((byte)0).TrimEnd((byte)' ');
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            value = (value << 3) | (long)(digit - '0'); // at most 12 digits: 36 bits
        }

        return digits.Length > 0;
    }
}
