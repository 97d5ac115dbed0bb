namespace Rowen.Fabric.OperatingSystem;

/// <summary>Removes folders that user code has worked in.</summary>
public static class ScratchFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Removes a folder with everything in it, also what its user has forbidden itself to touch. Follows no links.</summary>
    /// <param name="folder">The folder; nothing happens if it is not there.</param>
    /// <exception cref="IOException">Something in it could not be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">Something in it belongs to another user.</exception>
    public static void Remove(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Unlock(folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Unlock(string folder)
    {
        File.SetUnixFileMode(folder, OwnerOnly);
        foreach (DirectoryInfo inner in new DirectoryInfo(folder).EnumerateDirectories().Where(inner => inner.LinkTarget is null))
        {
            Unlock(inner.FullName);
        }
    }
}
