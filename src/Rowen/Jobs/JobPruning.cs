using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Jobs;

/// <summary>Which jobs are kept, and which are removed to make room.</summary>
internal static class JobPruning
{
    /// <summary>What commands brought back lies in folders of its own.</summary>
    private static readonly EnumerationOptions AllBelow = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Removes what is too old or too much, and packages that nobody needs. The caller holds the folder's lock.</summary>
    /// <returns>What was removed.</returns>
    public static IReadOnlyList<JobId> Prune(JobStore store, JobRetention retention, DateTimeOffset now)
    {
        List<StoredJob> jobs = [.. store.List().Select(id => Look(store, id, now))];
        IReadOnlyList<JobId> removed = [.. Choose(jobs, retention, now).Where(store.TryRemoveIdle)];

        if (removed.Count > 0)
        {
            store.RemoveUnusedPackages(jobs.Where(job => !removed.Contains(job.Id)).Select(job => job.Package).ToHashSet(StringComparer.Ordinal));
        }

        return removed;
    }

    /// <summary>The rule: what has ended and is too old goes; then the oldest of what has ended, until the rest is small enough.</summary>
    public static IReadOnlyList<JobId> Choose(IReadOnlyCollection<StoredJob> jobs, JobRetention retention, DateTimeOffset now)
    {
        List<StoredJob> removed = [.. jobs.Where(job => !job.IsNeeded && now - job.LastChangedAt > retention.MaxAge)];
        long bytes = jobs.Sum(job => job.Bytes) - removed.Sum(job => job.Bytes);
        foreach (StoredJob job in jobs.Where(job => !job.IsNeeded && job.HasSettled).Except(removed).OrderBy(job => job.LastChangedAt).ToArray())
        {
            if (bytes > retention.MaxBytes)
            {
                removed.Add(job);
                bytes -= job.Bytes;
            }
        }

        return [.. removed.Select(job => job.Id)];
    }

    private static StoredJob Look(JobStore store, JobId id, DateTimeOffset now)
    {
        JobFiles files = store.Find(id);
        FileInfo[] all = new DirectoryInfo(files.Folder).GetFiles("*", AllBelow);
        JobStatus? status = StatusFile.ReadOrNone(files.Status);
        return new StoredJob(
            id,
            PackageOrNone(files),
            all.Sum(file => file.Length),
            all.Length == 0 ? default : all.Max(file => file.LastWriteTimeUtc),
            IsNeeded: JobLock.IsHeld(files.Lock) || (status?.State == JobState.Starting && now - status.At < JobReading.StartPatience),
            HasSettled: status?.State is JobState.Done or JobState.Failed or JobState.Cancelled);
    }

    /// <summary>Whatever cannot be read needs no package.</summary>
    private static string PackageOrNone(JobFiles files)
    {
        try
        {
            return JobReading.ReadDescription(files).Package;
        }
        catch (RowenException)
        {
            return string.Empty;
        }
    }
}
