using System.IO.Enumeration;

namespace Rowen.Cli.Demo;

/// <summary>The files that the demo counts: what a person would call the text of a folder.</summary>
/// <remarks>
/// The rule: every regular file below the folder that is not empty, without following links, and without folders of
/// version control and build outputs. Files that are no text (a NUL among the first 8 KiB) are found by the function itself.
/// </remarks>
internal static class TextFiles
{
    /// <summary>More would only make the demo long.</summary>
    public const int MaxCount = 1_000_000;

    /// <summary>Folders that are not entered.</summary>
    public static IReadOnlyList<string> SkippedFolders { get; } = [".git", ".hg", ".svn", "artifacts", "bin", "obj", "node_modules"];

    /// <summary>Finds them, the largest first, so that no core is left with a large one at the end.</summary>
    /// <param name="path">A folder, or a single file.</param>
    /// <exception cref="DirectoryNotFoundException">Neither is there.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return [full];
        }

        if (!Directory.Exists(full))
        {
            throw new DirectoryNotFoundException($"Cannot count the words of {full}: there is no such folder or file.");
        }

        return
        [
            .. Enumerate(full).Take(MaxCount)
                .OrderByDescending(file => file.Length).ThenBy(file => file.Path, StringComparer.Ordinal)
                .Select(file => file.Path),
        ];
    }

    private static FileSystemEnumerable<(string Path, long Length)> Enumerate(string folder)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        return new FileSystemEnumerable<(string Path, long Length)>(
            folder, (ref FileSystemEntry entry) => (entry.ToFullPath(), entry.Length), options)
        {
            // Pipes, sockets and devices have no length: opening one could wait for ever.
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.Length > 0,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsSkipped(entry.FileName),
        };
    }

    private static bool IsSkipped(ReadOnlySpan<char> name)
    {
        foreach (string skipped in SkippedFolders)
        {
            if (name.SequenceEqual(skipped))
            {
                return true;
            }
        }

        return false;
    }
}
