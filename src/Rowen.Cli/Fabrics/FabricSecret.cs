using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Sessions;

namespace Rowen.Cli.Fabrics;

/// <summary>What both machines of a trial know and nobody else: a file of this user, which a shared home shows to both.</summary>
internal static class FabricSecret
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersToo = ~(OnlyOwner | UnixFileMode.UserExecute);

    public static string DefaultPath =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen", "fabric.secret");

    /// <summary>Reads the secret, or makes one.</summary>
    /// <exception cref="IOException">The file is not as it should be; the message says how.</exception>
    public static byte[] ReadOrCreate(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!, OnlyOwner | UnixFileMode.UserExecute);
        if (!File.Exists(path))
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = OnlyOwner,
            });
            using var writer = new StreamWriter(file);
            writer.WriteLine(RandomNumberGenerator.GetHexString(2 * SessionProof.SizeBytes, lowercase: true));
        }

        return Read(path);
    }

    /// <summary>Reads the secret.</summary>
    /// <exception cref="IOException">There is none, or it is no secret; the message says what to do.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path);
            CheckPrivate(path, handle);
            byte[] text = new byte[256];
            int length = RandomAccess.Read(handle, text, fileOffset: 0);
            string digits = System.Text.Encoding.ASCII.GetString(text, 0, length).Trim();
            return digits.Length == 2 * SessionProof.SizeBytes
                ? Convert.FromHexString(digits)
                : throw new IOException($"{path} holds no secret of {2 * SessionProof.SizeBytes} hexadecimal digits: remove it, and `rowen fabric serve` makes one.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException(
                $"{path} is not there: `rowen fabric serve` on the other machine makes it; copy it here (mode 0600), or name it with --secret.", exception);
        }
        catch (FormatException exception)
        {
            throw new IOException($"{path} holds no secret in hexadecimal digits: remove it, and `rowen fabric serve` makes one.", exception);
        }
    }

    private static void CheckPrivate(string path, SafeFileHandle handle)
    {
        if ((File.GetUnixFileMode(handle) & OthersToo) != 0)
        {
            throw new IOException($"{path} can be read by others, so it is no secret: chmod 600 it, or remove it for a new one.");
        }

        if (FileStatus.OfOrNone(handle) is { UserId: var owner } && owner != PeerCredentials.OwnUserId)
        {
            throw new IOException($"{path} belongs to user {owner}, and you are {PeerCredentials.OwnUserId}: name another file with --secret.");
        }
    }
}
