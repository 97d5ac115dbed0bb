using System.Text;

namespace Rowen.Protocol.CodePackages;

/// <summary>The rule for names of files in a code package.</summary>
/// <remarks>
/// 1 to 255 bytes of UTF-8, folders separated by one <c>/</c>; no folder or file is empty, <c>.</c> or <c>..</c>; no
/// control character and no backslash; the last 100 bytes or fewer begin after a <c>/</c>, because the tar header gives
/// them 100 bytes and the rest 155. Names are compared by their bytes.
/// </remarks>
public static class CodePackagePath
{
    /// <summary>Longest path, in bytes of UTF-8.</summary>
    public const int MaxBytes = 255;

    internal const int MaxNameBytes = 100;
    internal const int MaxPrefixBytes = 155;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong with a path; null if nothing is.</summary>
    /// <param name="path">A path from a folder or from a peer.</param>
    /// <returns>A clause that continues "the name of the file …".</returns>
    public static string? FindFault(string path)
    {
        if (path.Length is 0 or > MaxBytes)
        {
            return $"has {path.Length} characters, not 1 to {MaxBytes}";
        }

        foreach (char c in path)
        {
            if (char.IsControl(c) || c == '\\')
            {
                return "holds a control character or a backslash";
            }
        }

        foreach (Range segment in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(segment) is "" or "." or "..")
            {
                return "is absolute, or has an empty, '.' or '..' part";
            }
        }

        return FindFaultInBytes(path);
    }

    private static string? FindFaultInBytes(string path)
    {
        byte[] bytes;
        try
        {
            bytes = Strict.GetBytes(path);
        }
        catch (EncoderFallbackException)
        {
            return "is no valid Unicode";
        }

        return FitsTarHeader(bytes) ? null : $"is too long: at most {MaxBytes} bytes, {MaxNameBytes} after a '/'";
    }

    private static bool FitsTarHeader(ReadOnlySpan<byte> path)
    {
        if (path.Length <= MaxNameBytes)
        {
            return true;
        }

        // The name must begin after a slash, and what is before that slash must fit into the prefix.
        int first = path.Length - MaxNameBytes - 1;
        int slash = path[first..].IndexOf((byte)'/');
        return slash >= 0 && first + slash <= MaxPrefixBytes && first + slash + 1 < path.Length;
    }
}
