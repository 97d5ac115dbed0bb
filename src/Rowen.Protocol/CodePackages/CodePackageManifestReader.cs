using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Rowen.Protocol.CodePackages;

/// <summary>Reads the text of a manifest that came from a peer or a disk.</summary>
internal static class CodePackageManifestReader
{
    private const int HashLength = 64;

    private static readonly SearchValues<char> HashDigits = SearchValues.Create("0123456789abcdef");

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Never throws on hostile bytes: whatever is not exactly what <see cref="CodePackageManifest.ToUtf8"/> writes is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, CodePackageLimits limits, [NotNullWhen(true)] out CodePackageManifest? manifest)
    {
        manifest = null;
        string text;
        try
        {
            text = Strict.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        var files = new List<CodePackageFile>();
        var paths = new HashSet<string>(StringComparer.Ordinal);
        long totalBytes = 0;
        foreach (ReadOnlySpan<char> line in WithoutFirstLine(text).EnumerateLines())
        {
            if (line.IsEmpty)
            {
                continue; // after the last; what else is empty does not come out the same below
            }

            if (!TryReadFile(line, out CodePackageFile file) || file.LengthBytes > limits.MaxFileBytes || files.Count == limits.MaxFileCount
                || !paths.Add(file.Path) || (totalBytes += file.LengthBytes) > limits.MaxTotalBytes)
            {
                return false;
            }

            files.Add(file);
        }

        var read = new CodePackageManifest(files);
        manifest = utf8.SequenceEqual(read.ToUtf8()) ? read : null;
        return manifest is not null;
    }

    private static ReadOnlySpan<char> WithoutFirstLine(string text) =>
        text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and int end ? text.AsSpan(end + 1) : default;

    private static bool TryReadFile(ReadOnlySpan<char> line, out CodePackageFile file)
    {
        file = default;
        int lengthEnd = line.Length > HashLength ? line[(HashLength + 1)..].IndexOf(' ') + HashLength + 1 : 0;
        if (lengthEnd <= HashLength + 1 || lengthEnd + 3 >= line.Length
            || line[..HashLength].ContainsAnyExcept(HashDigits)
            || !long.TryParse(line[(HashLength + 1)..lengthEnd], NumberStyles.None, CultureInfo.InvariantCulture, out long lengthBytes))
        {
            return false;
        }

        string path = line[(lengthEnd + 3)..].ToString();
        file = new CodePackageFile(path, lengthBytes, line[..HashLength].ToString(), line[lengthEnd + 1] == 'x');
        return CodePackagePath.FindFault(path) is null;
    }
}
