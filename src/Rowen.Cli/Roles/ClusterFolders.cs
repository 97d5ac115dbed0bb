using System.Security.Cryptography;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Roles;

/// <summary>State folders: private from the first moment, and gone when they should be.</summary>
internal static class ClusterFolders
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a folder; every part of the path that is made is for this user only.</summary>
    public static void Create(string folder)
    {
        try
        {
            CreateWithParents(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.StorageFailed, $"The folder {folder} cannot be made: {exception.Message} Choose another with --state.", exception);
        }
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

    private static void CreateWithParents(string folder)
    {
        string? above = Path.GetDirectoryName(folder);
        if (above is not null && !Directory.Exists(above))
        {
            CreateWithParents(above);
        }

        Directory.CreateDirectory(folder, OwnerOnly);
    }
}
