using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Journal;

/// <summary>The folder that holds everything a manager remembers. One manager at a time owns it.</summary>
internal sealed class StateFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _lock;

    private StateFolder(string path, FileStream heldLock)
    {
        Path = path;
        _lock = heldLock;
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    public string JournalFile => Under("manager.db");

    public string SocketFile => Under("manager.sock");

    public string CertificateFile => Under("manager.pfx");

    public string TokenFile => Under("manager.token");

    public string PortFile => Under("manager.port");

    public string PackagesFolder => Under("packages");

    public string AuditFile => Under("audit.jsonl");

    public string FrozenFile => Under("harvest.frozen");

    public string ClusterIdFile => Under("cluster.id");

    /// <summary>Creates the folder if need be (mode 0700) and takes it for this process.</summary>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.StateFolderInUse"/>, or <see cref="ErrorCode.StorageFailed"/> if it cannot be had at all.
    /// </exception>
    public static StateFolder Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.UserExecute); // it may have been there already
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.StorageFailed,
                $"The state folder {path} cannot be used: {exception.Message} Choose another with --state.",
                exception);
        }

        string processFile = System.IO.Path.Combine(path, "manager.pid");
        FileStream heldLock = TakeLock(path, processFile);
        try
        {
            WritePrivate(processFile, ProcessMark.OfThisProcess().ToString());
            return new StateFolder(path, heldLock);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            heldLock.Dispose();
            throw new RowenException(
                ErrorCode.StorageFailed, $"The state folder {path} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Eight hexadecimal digits that tell this cluster from others of the same user, for as long as its state lasts.</summary>
    public string ReadOrCreateClusterId()
    {
        if (!File.Exists(ClusterIdFile))
        {
            WritePrivate(ClusterIdFile, System.Security.Cryptography.RandomNumberGenerator.GetHexString(8, lowercase: true));
        }

        return File.ReadAllText(ClusterIdFile);
    }

    /// <summary>Writes a file that only its owner can read, whole or not at all.</summary>
    public static void WritePrivate(string path, string text)
    {
        string newPath = path + ".new";
        File.Delete(newPath);
        using (FileStream file = new(newPath, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(newPath, path, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(Under("manager.pid"));
        _lock.Dispose(); // the file stays: were it deleted, two managers could hold locks on two files of one name
    }

    private string Under(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The kernel drops the lock with the process, however that ends.</summary>
    private static FileStream TakeLock(string path, string processFile)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, "manager.lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.StateFolderInUse,
                $"Another manager ({OwnerOf(processFile)}) owns the state folder {path}. "
                + $"Stop it (`rowen down --state {path}`), or choose another folder with --state.",
                exception);
        }
    }

    private static string OwnerOf(string processFile) => ProcessMark.ReadOrNone(processFile)?.Description ?? "its process is unknown";
}
