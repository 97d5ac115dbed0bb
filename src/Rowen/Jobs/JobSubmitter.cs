using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Jobs;

/// <summary>Writes a job down and starts its process.</summary>
internal static class JobSubmitter
{
    /// <summary>Returns when the job is safe on the disk; its process may not have begun yet.</summary>
    public static async Task<Job> SubmitAsync(JobStore store, JobSubmission submission, string? rowenPath, CancellationToken cancellationToken)
    {
        _ = LocalClusters.RowenProgram.Find(rowenPath); // before anything is written
        JobId id;
        using (IDisposable held = await store.LockAsync(cancellationToken).ConfigureAwait(false) ?? throw Busy(store))
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            JobPruning.Prune(store, JobRetention.Read(store), now);
            id = store.Add(submission, now);
        }

        await SchedulerProcess.StartAsync(store, id, rerunsFailed: false, rowenPath, CancellationToken.None).ConfigureAwait(false);
        return new Job(store, id, rowenPath);
    }

    private static RowenException Busy(JobStore store) => new(
        ErrorCode.JobInUse, $"Another process is adding or removing jobs in {store.Folder}. Try again.");
}
