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
    private readonly Lock _pruning = new();
    private readonly ConcurrentQueue<LeaseId> _silent = []; // as many as keep their logs

    /// <summary>
    /// Begins the log of a lease, whose folder and files come with its first bytes: leases begin in a hurry, and most print
    /// nothing. Room is made afterwards, by <see cref="Prune"/>.
    /// </summary>
    public LeaseLog Open(LeaseId lease)
    {
        RemoveNamesake(FolderOf(lease));
        var log = new LeaseLog(FolderOf(lease), maxBytesOfStream, () => Close(lease));
        _open[lease] = log;
        return log;
    }

    /// <summary>What a lease printed.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="isError">Its standard error, instead of its standard output.</param>
    /// <returns>Null if nothing of the lease is kept here; empty if it printed nothing.</returns>
    public byte[]? ReadOrNone(LeaseId lease, bool isError)
    {
        if (_open.TryGetValue(lease, out LeaseLog? log))
        {
            return (isError ? log.Error : log.Output).Read();
        }

        return Directory.Exists(FolderOf(lease)) ? StreamLog.Read(Path.Combine(FolderOf(lease), isError ? "err" : "out"))
            : _silent.Contains(lease) ? []
            : null;
    }

    /// <summary>Removes what is too old or too much, oldest first.</summary>
    public void Prune()
    {
        lock (_pruning) // what one finds, another must not have removed
        {
            PruneLocked();
        }
    }

    private void PruneLocked()
    {
        DateTime oldest = time.GetUtcNow().UtcDateTime - maxAge;
        IEnumerable<DirectoryInfo> surplus = new DirectoryInfo(folder).EnumerateDirectories()
            .OrderByDescending(log => log.LastWriteTimeUtc)
            .Where((log, rank) => rank >= maxCount || log.LastWriteTimeUtc < oldest)
            .Where(log => !IsOpen(log));
        foreach (DirectoryInfo log in surplus.ToArray())
        {
            TryDelete(log);
        }
    }

    /// <summary>A manager whose state was lost counts its leases from one again: their logs are not ours to show.</summary>
    private static void RemoveNamesake(string own)
    {
        if (Directory.Exists(own))
        {
            Directory.Delete(own, recursive: true);
        }
    }

    private void Close(LeaseId lease)
    {
        if (!Directory.Exists(FolderOf(lease)))
        {
            RememberSilence(lease);
        }

        _open.TryRemove(lease, out _);
    }

    private static void TryDelete(DirectoryInfo log)
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

    private bool IsOpen(DirectoryInfo log) => LeaseId.TryParse(log.Name, null, out LeaseId lease) && _open.ContainsKey(lease);

    /// <summary>That a lease printed nothing is an answer too, for as long as others keep their logs.</summary>
    private void RememberSilence(LeaseId lease)
    {
        _silent.Enqueue(lease);
        while (_silent.Count > maxCount)
        {
            _ = _silent.TryDequeue(out _);
        }
    }

    private string FolderOf(LeaseId lease) => Path.Combine(folder, lease.ToString());
}
