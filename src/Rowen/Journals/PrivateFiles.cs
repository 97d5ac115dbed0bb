namespace Rowen.Journals;

/// <summary>Files and folders that only their owner can read, from their first moment on.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Makes a folder and those above it that are missing.</summary>
    public static void CreateFolder(string folder)
    {
        string? above = Path.GetDirectoryName(folder);
        if (above is not null && !Directory.Exists(above))
        {
            CreateFolder(above);
        }

        Directory.CreateDirectory(folder, OwnersFolder);
    }

    public static FileStream Create(string path) => Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    /// <summary>Opens a file that may be there already.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (mode is not FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }
}
