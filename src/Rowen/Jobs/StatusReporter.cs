using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>Writes down how far a job is, a few times a second; counts as done only what is on the disk.</summary>
internal sealed class StatusReporter(StatusFile file, JobJournal journal, JobProgress progress, JobStatus first)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>Writes that the run has begun.</summary>
    public void Begin() => file.Write(first with { Done = journal.History.Done, Failed = journal.History.Failed });

    /// <summary>Reports until it is stopped.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "What fails here fails the job elsewhere, which says so.")]
    public async Task RunAsync(CancellationToken over)
    {
        try
        {
            using var timer = new PeriodicTimer(Period, TimeProvider.System);
            while (await timer.WaitForNextTickAsync(over).ConfigureAwait(false))
            {
                (long done, long failed) = (journal.History.Done, journal.History.Failed);
                await journal.CommitAsync().ConfigureAwait(false);
                file.Write(progress.AddTo(first) with { Done = done, Failed = failed, At = TimeProvider.System.GetUtcNow() });
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RowenException or IOException)
        {
            // The job ends, or its journal cannot be written.
        }
    }

    /// <summary>Writes the last word.</summary>
    /// <returns>What it was.</returns>
    public JobStatus Finish(JobRunEnd end)
    {
        JobHistory durable = journal.ReadBack();
        JobStatus last = first with
        {
            State = end.State,
            Reason = end.Reason,
            Code = end.Code,
            Done = durable.Done,
            Failed = durable.Failed,
            Retries = end.Retries,
            At = end.At,
        };
        file.Write(last);
        return last;
    }
}
