using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Clusters;

/// <summary>Finds, checks and writes cluster files. Thread safety: any thread.</summary>
public static class ClusterFiles
{
    /// <summary>The environment variable that names a cluster file. It is read here and nowhere else.</summary>
    public const string Variable = "ROWEN_CLUSTER";

    /// <summary>The largest cluster file that is read, in bytes.</summary>
    public const int MaxBytes = 65_536;

    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OnlyOwnersFolder = OnlyOwner | UnixFileMode.UserExecute;
    private const int CurrentFormat = 1;
    private const string Advice = "Start a cluster with `rowen up`, or name another file with --cluster or " + Variable + ".";

    /// <summary>Where a cluster file is found unless somebody says otherwise: <c>~/.rowen/cluster.json</c>.</summary>
    public static string DefaultPath =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen", "cluster.json");

    /// <summary>Decides which file counts: the explicit one, else the environment's, else the default.</summary>
    /// <param name="explicitPath">What the user or program named; null or empty for nothing.</param>
    /// <returns>An absolute path; the file need not be there.</returns>
    public static string Find(string? explicitPath = null) =>
        Find(explicitPath, Environment.GetEnvironmentVariable(Variable), DefaultPath);

    /// <summary>What this process's environment names: the path that children may be given, since it is no secret; whoever may not read the file learns nothing by it.</summary>
    public static string? NamedByEnvironment => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;

    /// <summary>Reads and checks a cluster file.</summary>
    /// <param name="path">The file, as <see cref="Find(string?)"/> returns it.</param>
    /// <returns>How to reach the cluster.</returns>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.BadClusterFile"/>: it is missing, not ours, readable by others, malformed, or its manager's
    /// process is gone. The message names the file and says what to do.
    /// </exception>
    public static ClusterFile Read(string path) => Read(path, Environment.MachineName, IsRunning);

    /// <summary>Writes a cluster file, readable by this user only; readers see the old one or the new one, never a part.</summary>
    /// <param name="path">Where; the folder is made (mode 0700) if it is not there.</param>
    /// <param name="cluster">What to write.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadClusterFile"/>: the file system refused.</exception>
    public static void Write(string path, ClusterFile cluster)
    {
        string file = Path.GetFullPath(path);
        string temporary = $"{file}.{Environment.ProcessId}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!, OnlyOwnersFolder);
            try
            {
                WriteNew(temporary, ProtocolJson.Write(cluster));
                File.Move(temporary, file, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Bad(file, $"could not be written: {exception.Message}", "Choose a folder where you may write.", exception);
        }
    }

    /// <summary>The rule behind <see cref="Find(string?)"/>.</summary>
    internal static string Find(string? explicitPath, string? variable, string defaultPath)
    {
        string? chosen = string.IsNullOrEmpty(explicitPath) ? variable : explicitPath;
        return Path.GetFullPath(string.IsNullOrEmpty(chosen) ? defaultPath : chosen);
    }

    /// <summary>The rule behind <see cref="Read(string)"/>; a manager on another host is not judged.</summary>
    internal static ClusterFile Read(string path, string host, Func<int, bool> isRunning)
    {
        ClusterFile cluster = Parse(path, ReadBytes(path));
        CheckContent(path, cluster);
        bool isStale = cluster.ManagerProcessId > 0 && cluster.ManagerHost == host && !isRunning(cluster.ManagerProcessId);
        return isStale
            ? throw Bad(path, $"is stale: its manager (process {cluster.ManagerProcessId} on {host}) has ended", Advice)
            : cluster;
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            if (FileStatus.OfOrNone(path) is { IsRegular: false, IsFolder: false })
            {
                throw Bad(path, "is no file", Advice); // a pipe would wait for somebody who writes
            }

            using SafeFileHandle handle = File.OpenHandle(path);
            CheckOwner(path, handle);
            long length = RandomAccess.GetLength(handle);
            if (length > MaxBytes)
            {
                throw Bad(path, $"has {length} bytes, and a cluster file has at most {MaxBytes}", Advice);
            }

            byte[] content = new byte[length];
            int read = RandomAccess.Read(handle, content, fileOffset: 0);
            return content[..read];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Bad(path, "is not there", Advice, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            string why = Directory.Exists(path) ? "it is a folder" : exception.Message.TrimEnd('.');
            throw Bad(path, $"could not be read: {why}", Advice, exception);
        }
    }

    private static void CheckOwner(string path, SafeFileHandle handle)
    {
        if (FileStatus.OfOrNone(handle) is { UserId: var owner } && owner != PeerCredentials.OwnUserId)
        {
            throw Bad(path, $"belongs to user {owner}, and you are {PeerCredentials.OwnUserId}", Advice);
        }

        UnixFileMode mode = File.GetUnixFileMode(handle);
        if ((mode & ~OnlyOwnersFolder) != 0)
        {
            throw Bad(
                path,
                $"may be used by others (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}), and whoever reads it can use the cluster",
                $"Run `rowen down` and `rowen up` for a new token, or `chmod 600 {path}` if nobody else was here.");
        }
    }

    private static ClusterFile Parse(string path, byte[] content) =>
        ProtocolJson.TryRead(content, out ClusterFile cluster)
            ? cluster
            : throw Bad(path, $"is not a cluster file: {DescribeDefect(content)}", "Remove it, then run `rowen up`.");

    private static string DescribeDefect(byte[] content)
    {
        try
        {
            using var _ = JsonDocument.Parse(content);
            return "it is JSON, but not of the form that `rowen up` writes";
        }
        catch (JsonException exception)
        {
            return $"it is not JSON ({exception.Message})";
        }
    }

    private static void CheckContent(string path, ClusterFile cluster)
    {
        if (cluster.Format != CurrentFormat)
        {
            throw Bad(
                path,
                $"has format {cluster.Format}, and this program reads format {CurrentFormat} (it was written by Rowen {cluster.RowenVersion})",
                "Use the same version of Rowen on both sides.");
        }

        if (!ManagerAddress.TryParse(cluster.Address, out ManagerAddress? address, out string why))
        {
            throw Bad(path, $"names the address '{cluster.Address}': {why}", Advice);
        }

        bool hasPin = cluster.CertificateSha256 is { Length: 64 } pin && pin.All(char.IsAsciiHexDigit);
        if (address.UnixPath is null && (!hasPin || string.IsNullOrEmpty(cluster.Token) || cluster.Token.Any(c => c is < '!' or > '~')))
        {
            throw Bad(path, "names a TCP address without the certificate's SHA-256 and a token", "Run `rowen up` again.");
        }
    }

    private static void WriteNew(string path, byte[] content)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OnlyOwner,
        };
        using var stream = new FileStream(path, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Not by <see cref="System.Diagnostics.Process"/>: that takes an ended process that nobody reaped for a running one.</summary>
    private static bool IsRunning(int processId)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{processId}/stat");
            int afterName = status.LastIndexOf(')') + 2; // a name may hold anything, parentheses too
            return afterName >= status.Length || status[afterName] is not ('Z' or 'X');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return !Directory.Exists("/proc/self"); // without /proc, connecting must tell
        }
    }

    private static RowenException Bad(string path, string what, string advice, Exception? cause = null) =>
        new(ErrorCode.BadClusterFile, $"The cluster file {path} {what}. {advice}", cause);
}
