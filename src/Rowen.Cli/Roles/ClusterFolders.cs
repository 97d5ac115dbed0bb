using System.Security.Cryptography;

namespace Rowen.Cli.Roles;

/// <summary>State folders: private from the first moment, and gone when they should be.</summary>
internal static class ClusterFolders
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a folder; every part of the path that is made is for this user only.</summary>
    public static void Create(string folder)
    {
        string? above = Path.GetDirectoryName(folder);
        if (above is not null && !Directory.Exists(above))
        {
            Create(above);
        }

        Directory.CreateDirectory(folder, OwnerOnly);
    }

    /// <summary>Makes an empty folder of a name that nobody can guess.</summary>
    public static string CreateTemporary(string purpose) =>
        Directory.CreateDirectory(
            Path.Combine(Path.GetTempPath(), $"rowen-{purpose}-{RandomNumberGenerator.GetHexString(12, lowercase: true)}"), OwnerOnly).FullName;

    public static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
