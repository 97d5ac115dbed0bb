namespace Rowen;

/// <summary>A file that travels with a command: into its working folder, or back from there.</summary>
/// <param name="Path">Where, relative to the working folder: no <c>..</c>, not absolute.</param>
/// <param name="Content">Its bytes.</param>
public sealed record CommandFile(string Path, ReadOnlyMemory<byte> Content)
{
    /// <summary>Whether it is a program: then its owner may execute it.</summary>
    public bool IsExecutable { get; init; }

    /// <summary>Whether a path stays within the folder that it is relative to.</summary>
    internal static bool IsInside(string path) => path.Length > 0
        && !path.Contains('\0', StringComparison.Ordinal)
        && !System.IO.Path.IsPathRooted(path)
        && path.Split('/').All(part => part is not (".." or "." or ""));
}
