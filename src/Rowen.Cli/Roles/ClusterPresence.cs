using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Roles;

/// <summary>Whether the cluster that a file names still runs, and removal of files whose cluster is gone.</summary>
internal static class ClusterPresence
{
    /// <summary>What the file says, if it is one and its manager's process lives on this host.</summary>
    public static ClusterFile? RunningOrNone(string path) =>
        ReadOrNone(path) is { } cluster && IsHere(cluster) && IsRunning(cluster.ManagerProcessId) ? cluster : null;

    /// <summary>What the file says, if it is one and its manager's process on this host has ended.</summary>
    public static ClusterFile? StaleOrNone(string path) =>
        ReadOrNone(path) is { } cluster && IsHere(cluster) && !IsRunning(cluster.ManagerProcessId) ? cluster : null;

    /// <summary>Refuses to start a cluster where one runs.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StateFolderInUse"/>.</exception>
    public static void RefuseSecond(string path)
    {
        if (RunningOrNone(path) is { } running)
        {
            throw new RowenException(
                ErrorCode.StateFolderInUse,
                $"A cluster runs already: {path} names process {running.ManagerProcessId}. Use it, end it with `rowen down`, or choose another --cluster and --state.");
        }
    }

    /// <summary>The manager that owns a state folder, whatever became of its cluster file.</summary>
    /// <returns>Its process, which may be another host's; none if nobody holds the folder's lock.</returns>
    public static ProcessMark? OwnerOrNone(string stateFolder)
    {
        string lockFile = Path.Combine(stateFolder, "manager.lock");
        try
        {
            using var free = new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null; // the kernel drops the lock with the process that held it
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
        catch (IOException)
        {
            return ProcessMark.ReadOrNone(Path.Combine(stateFolder, "manager.pid"));
        }
    }

    public static bool IsHere(ClusterFile cluster) =>
        cluster.ManagerHost == Environment.MachineName && cluster.ManagerProcessId > 0;

    /// <summary>Ended processes that nobody has collected do not count.</summary>
    public static bool IsRunning(int processId)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{processId}/stat");
            int afterName = status.LastIndexOf(')') + 2;
            return afterName >= status.Length || status[afterName] is not ('Z' or 'X');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes a cluster file, unless another cluster has written its own there meanwhile.</summary>
    public static void Remove(string path, ClusterFile cluster)
    {
        if (ReadOrNone(path) is { } found && found.ManagerProcessId == cluster.ManagerProcessId && found.Address == cluster.Address)
        {
            File.Delete(path);
        }
    }

    private static ClusterFile? ReadOrNone(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return FileStatus.OfOrNone(path) is not { IsRegular: false } && file.Exists && file.Length <= ClusterFiles.MaxBytes
                && ProtocolJson.TryRead(File.ReadAllBytes(path), out ClusterFile cluster) ? cluster : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
