using System.Collections.Concurrent;
using Rowen.Protocol.Identifiers;

namespace Rowen.NodeAgent.Logs;

/// <summary>The logs of all leases that ran here lately, bounded by number and age.</summary>
/// <param name="folder">The agent's log folder; the caller has made it, for this user only.</param>
/// <param name="maxBytesOfStream">Bound of each stream of each lease.</param>
/// <param name="maxCount">How many leases keep their logs.</param>
/// <param name="maxAge">How long they do.</param>
/// <param name="time">For the age.</param>
internal sealed class LogFolder(string folder, long maxBytesOfStream, int maxCount, TimeSpan maxAge, TimeProvider time)
{
    private readonly ConcurrentDictionary<LeaseId, LeaseLog> _open = [];

    /// <summary>Begins the log of a lease. Room is made afterwards, by <see cref="Prune"/>: leases begin in a hurry.</summary>
    public LeaseLog Open(LeaseId lease)
    {
        string own = FolderOf(lease);
        Directory.CreateDirectory(own, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var log = new LeaseLog(own, maxBytesOfStream, () => _open.TryRemove(lease, out _));
        _open[lease] = log;
        return log;
    }

    /// <summary>What a lease printed.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="isError">Its standard error, instead of its standard output.</param>
    /// <returns>Null if nothing of the lease is kept here.</returns>
    public byte[]? ReadOrNone(LeaseId lease, bool isError)
    {
        if (_open.TryGetValue(lease, out LeaseLog? log))
        {
            return (isError ? log.Error : log.Output).Read();
        }

        return Directory.Exists(FolderOf(lease)) ? StreamLog.Read(Path.Combine(FolderOf(lease), isError ? "err" : "out")) : null;
    }

    /// <summary>Removes what is too old or too much, oldest first.</summary>
    public void Prune()
    {
        DateTime oldest = time.GetUtcNow().UtcDateTime - maxAge;
        IEnumerable<DirectoryInfo> surplus = new DirectoryInfo(folder).EnumerateDirectories()
            .OrderByDescending(log => log.LastWriteTimeUtc)
            .Where((log, rank) => rank >= maxCount || log.LastWriteTimeUtc < oldest)
            .Where(log => !LeaseId.TryParse(log.Name, null, out LeaseId lease) || !_open.ContainsKey(lease));
        foreach (DirectoryInfo log in surplus.ToArray())
        {
            try
            {
                log.Delete(recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Tried again after the next lease.
            }
        }
    }

    private string FolderOf(LeaseId lease) => Path.Combine(folder, lease.ToString());
}
