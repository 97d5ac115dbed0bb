using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.CodePackages;

/// <summary>What a code package consists of; its text, and so its identifier, follows from the files alone. Immutable.</summary>
/// <remarks>
/// The text is UTF-8 without a byte order mark; every line, the last too, ends with one line feed:
/// <code>
/// line   content
///    1   rowen-code-package 1                                   format and its version
///  2…n   SHA256 SPACE LENGTH SPACE FLAG SPACE PATH              one for each file, ordered by the bytes of PATH
///
/// field   characters
/// SHA256  64 lower-case hexadecimal digits, of the file's bytes
/// LENGTH  decimal, without leading zeros
/// FLAG    x if the owner may execute the file, - if not
/// PATH    to the end of the line; see CodePackagePath
/// </code>
/// The SHA-256 of this text is the <see cref="CodePackageId"/>. Empty folders, times, owners and other permissions are no
/// part of a package: they would give equal programs different names.
/// </remarks>
public sealed class CodePackageManifest
{
    private const string FirstLine = "rowen-code-package 1\n";

    /// <summary>Describes a package.</summary>
    /// <param name="files">Its files, in any order.</param>
    /// <exception cref="ArgumentException">A path breaks the rule of <see cref="CodePackagePath"/>, or appears twice.</exception>
    public CodePackageManifest(IEnumerable<CodePackageFile> files)
    {
        CodePackageFile[] sorted = [.. files];
        byte[][] keys = [.. sorted.Select(file => KeyOf(file.Path))];
        Array.Sort(keys, sorted, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
        for (int index = 1; index < sorted.Length; index++)
        {
            if (sorted[index].Path == sorted[index - 1].Path)
            {
                throw new ArgumentException($"The file {sorted[index].Path} appears twice.", nameof(files));
            }
        }

        Files = sorted;
        TotalBytes = sorted.Sum(file => file.LengthBytes);
        Id = new CodePackageId(Convert.ToHexStringLower(SHA256.HashData(ToUtf8())));
    }

    /// <summary>The files, ordered by the bytes of their paths.</summary>
    public IReadOnlyList<CodePackageFile> Files { get; }

    /// <summary>Length of all files together.</summary>
    public long TotalBytes { get; }

    /// <summary>Names the package by its content.</summary>
    public CodePackageId Id { get; }

    /// <summary>Reads the text of a manifest that came from a peer or a disk; never throws on hostile bytes.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="limits">The largest package to accept.</param>
    /// <param name="manifest">What it says.</param>
    /// <returns>False if it is not exactly what <see cref="ToUtf8"/> writes, or exceeds the limits.</returns>
    public static bool TryRead(ReadOnlySpan<byte> utf8, CodePackageLimits limits, [NotNullWhen(true)] out CodePackageManifest? manifest)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return CodePackageManifestReader.TryRead(utf8, limits, out manifest);
    }

    /// <summary>The text whose SHA-256 is <see cref="Id"/>.</summary>
    public byte[] ToUtf8()
    {
        var text = new StringBuilder(FirstLine);
        foreach (CodePackageFile file in Files)
        {
            text.Append(file.Sha256).Append(' ')
                .Append(file.LengthBytes.ToString(CultureInfo.InvariantCulture))
                .Append(file.IsExecutable ? " x " : " - ")
                .Append(file.Path).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] KeyOf(string path) => CodePackagePath.FindFault(path) is { } fault
        ? throw new ArgumentException($"The name of the file '{path}' {fault}.", nameof(path))
        : Encoding.UTF8.GetBytes(path);
}
