using System.Security.Cryptography;

namespace Rowen.NodeAgent;

/// <summary>Files of the agent's state folder itself: for this user only, from their first moment.</summary>
internal static class StateFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int IdLength = 32;

    /// <summary>Opens a file, and makes it if it is not there.</summary>
    public static FileStream Open(string path, FileShare share) => new(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = share,
        UnixCreateMode = OwnerOnly,
    });

    /// <summary>What the folder is known by to managers: 32 random hexadecimal digits, made once.</summary>
    /// <returns>Empty if the disk is full or read-only: the agent can serve all the same.</returns>
    /// <remarks>A spoilt file is written anew: then nobody finds logs from before but in the folder.</remarks>
    public static string ReadIdOrEmpty(string path)
    {
        try
        {
            return ReadOrCreateId(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    private static string ReadOrCreateId(string path)
    {
        using FileStream file = Open(path, FileShare.None);
        using var reader = new StreamReader(file);
        string id = reader.ReadToEnd();
        if (id.Length == IdLength && id.All(char.IsAsciiHexDigit))
        {
            return id;
        }

        id = RandomNumberGenerator.GetHexString(IdLength, lowercase: true);
        file.SetLength(0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(id));
        return id;
    }
}
