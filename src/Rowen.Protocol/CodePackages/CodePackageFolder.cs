using System.Security.Cryptography;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.CodePackages;

/// <summary>Reads a folder as a code package.</summary>
/// <remarks>
/// A link to a file inside the same folder travels as a copy of that file: native libraries come as
/// <c>libx.so → libx.so.1</c>. Every other link is refused by name: following it would send what lies elsewhere on the
/// machine, or for ever, and leaving it out would break the package where nobody looks.
/// </remarks>
public static class CodePackageFolder
{
    /// <summary>Lists what a package of that folder consists of, without reading the files.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="limits">The largest package to accept.</param>
    /// <param name="isIncluded">Says of each path whether it belongs to the package; null: all do.</param>
    /// <returns>The files, in no particular order.</returns>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.PackageTooLarge"/>; <see cref="ErrorCode.PackageUnusable"/>: no such folder, a link that
    /// leads elsewhere, or a name that no package can hold.
    /// </exception>
    public static IReadOnlyList<CodePackageSource> List(
        string folder, CodePackageLimits limits, Func<string, bool>? isIncluded = null)
    {
        var root = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (!root.Exists)
        {
            throw new RowenException(ErrorCode.PackageUnusable, File.Exists(folder)
                ? $"{folder} is a file, and a code package is made of a folder: give the one that `dotnet publish` wrote."
                : $"There is no folder {folder} to make a code package of: give the one that `dotnet publish` wrote.");
        }

        var files = new List<CodePackageSource>();
        long totalBytes = 0;
        foreach (FileInfo file in Walk(root))
        {
            string path = Path.GetRelativePath(root.FullName, file.FullName);
            if (isIncluded is null || isIncluded(path))
            {
                CodePackageSource source = Describe(root, path, file);
                totalBytes += source.LengthBytes;
                files.Add(source);
                CheckLimits(folder, files.Count, totalBytes, source, limits);
            }
        }

        return files;
    }

    /// <summary>Reads and hashes every file of a folder.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="limits">The largest package to accept; <see cref="CodePackageLimits.Default"/> if null.</param>
    /// <exception cref="RowenException">As for <see cref="List"/>.</exception>
    public static CodePackageManifest Describe(string folder, CodePackageLimits? limits = null) =>
        new(List(folder, limits ?? CodePackageLimits.Default).Select(Hash));

    /// <summary>Reads and hashes one file.</summary>
    /// <param name="source">A file that <see cref="List"/> found.</param>
    public static CodePackageFile Hash(CodePackageSource source)
    {
        using Stream stream = source.OpenRead();
        string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        return new CodePackageFile(source.Path, source.LengthBytes, hash, source.IsExecutable);
    }

    private static IEnumerable<FileInfo> Walk(DirectoryInfo root)
    {
        var folders = new Stack<DirectoryInfo>([root]);
        while (folders.TryPop(out DirectoryInfo? folder))
        {
            foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
            {
                if (entry is FileInfo file)
                {
                    yield return file;
                }
                else if (entry.LinkTarget is { } target)
                {
                    throw Refuse(Path.GetRelativePath(root.FullName, entry.FullName), $"is a link to the folder {target}");
                }
                else
                {
                    folders.Push((DirectoryInfo)entry);
                }
            }
        }
    }

    private static CodePackageSource Describe(DirectoryInfo root, string path, FileInfo file)
    {
        if (CodePackagePath.FindFault(path) is { } fault)
        {
            throw new RowenException(ErrorCode.PackageUnusable, $"The name of the file '{path}' {fault}.");
        }

        FileInfo target = file.LinkTarget is null ? file : Follow(root, path, file);
        bool isExecutable = (target.UnixFileMode & UnixFileMode.UserExecute) != 0;
        return new CodePackageSource(path, target.FullName, target.Length, isExecutable);
    }

    private static FileInfo Follow(DirectoryInfo root, string path, FileInfo link)
    {
        // Links to folders are refused, so a target's text tells where it lies.
        FileSystemInfo? target = TryResolve(link);
        bool isInside = target?.FullName.StartsWith(root.FullName + '/', StringComparison.Ordinal) ?? false;
        return isInside && target is FileInfo { Exists: true } file
            ? file
            : throw Refuse(path, $"is a link to {link.LinkTarget}, which is no file of this folder");
    }

    private static FileSystemInfo? TryResolve(FileInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true);
        }
        catch (IOException) // links in a circle
        {
            return null;
        }
    }

    private static RowenException Refuse(string path, string why) => new(
        ErrorCode.PackageUnusable, $"A code package cannot hold '{path}': it {why}. Put a copy in its place, or leave it out.");

    private static void CheckLimits(
        string folder, int fileCount, long totalBytes, CodePackageSource last, CodePackageLimits limits)
    {
        string? excess = fileCount > limits.MaxFileCount ? $"more than {limits.MaxFileCount} files"
            : totalBytes > limits.MaxTotalBytes ? $"more than {limits.MaxTotalBytes} bytes"
            : last.LengthBytes > limits.MaxFileBytes ? $"a file, {last.Path}, of more than {limits.MaxFileBytes} bytes"
            : null;
        if (excess is not null)
        {
            throw new RowenException(
                ErrorCode.PackageTooLarge, $"The folder {folder} has {excess}. Is it really the folder of a program?");
        }
    }
}
