using System.Runtime.CompilerServices;
using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen;

/// <summary>A map that a process of its own runs, and that outlives whoever submitted it.</summary>
/// <remarks>
/// A handle on files of this user: it holds nothing open, and any number of programs may have one. Thread safety: any thread.
/// </remarks>
public sealed class Job
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly JobStore _store;
    private readonly string? _rowenPath;

    internal Job(JobStore store, JobId id, string? rowenPath = null)
    {
        _store = store;
        _rowenPath = rowenPath;
        Id = id;
        Files = store.Find(id);
    }

    /// <summary>Its name in <c>rowen jobs</c>.</summary>
    public JobId Id { get; }

    /// <summary>Where its files are.</summary>
    public string Folder => Files.Folder;

    internal JobFiles Files { get; }

    /// <summary>Finds a job that was submitted before, by this program or another.</summary>
    /// <param name="id">The job.</param>
    /// <param name="jobsFolder">The folder for jobs; null: <c>ROWEN_JOBS</c>, else <c>~/.rowen/jobs</c>.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.UnknownJob"/>.</exception>
    public static Job Find(JobId id, string? jobsFolder = null) => new(new JobStore(jobsFolder), id);

    /// <summary>Where it stands now.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>: its files are not as they were written.</exception>
    public JobStatus ReadStatus() => JobReading.StatusOf(Id, Files, TimeProvider.System.GetUtcNow());

    /// <summary>Waits until nothing more happens: it is done, has failed items, was cancelled, stopped, or its process is gone.</summary>
    /// <param name="progress">Hears where it stands, ten times a second.</param>
    /// <param name="cancellationToken">Stops the wait; the job goes on.</param>
    public async Task<JobStatus> WaitAsync(IProgress<JobStatus>? progress = null, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            JobStatus status = ReadStatus();
            progress?.Report(status);
            if (status.HasEnded)
            {
                return status;
            }

            await Task.Delay(Period, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks it to end: nothing new starts, what runs may end within the grace. Returns when it has ended.</summary>
    /// <param name="grace">From zero on; what still runs afterwards is ended.</param>
    /// <param name="cancellationToken">Stops the wait; the request stays.</param>
    /// <returns>How it ended: it may have been done before.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobNotReady"/>: it had ended already.</exception>
    public async Task<JobStatus> CancelAsync(TimeSpan grace, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero);
        JobStatus status = ReadStatus();
        if (status.State is JobState.Done or JobState.Failed or JobState.Cancelled)
        {
            throw new RowenException(ErrorCode.JobNotReady, $"{Id} cannot be cancelled: it is {status.State} already.");
        }

        CancelWatch.Ask(Files.Cancel, grace);
        while (!status.HasEnded)
        {
            if (!File.Exists(Files.Cancel))
            {
                CancelWatch.Ask(Files.Cancel, grace); // a process that began at that moment took it for an old one
            }

            await Task.Delay(Period, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            status = ReadStatus();
        }

        return status.State is JobState.Interrupted or JobState.Stopped
            ? await NoteCancelledAsync(cancellationToken).ConfigureAwait(false)
            : status;
    }

    /// <summary>Starts a process that goes on where the last one ended; nothing that is done runs again. What failed because an object store did, does (<see cref="ErrorCode.StoreFailed"/>).</summary>
    /// <param name="cancellationToken">Stops the wait for the process.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobInUse"/>: it runs. <see cref="ErrorCode.JobNotReady"/>: every item is settled.</exception>
    public Task ResumeAsync(CancellationToken cancellationToken = default) => RestartAsync(rerunsFailed: false, cancellationToken);

    /// <summary>Runs the items again that have failed, and those that have not run.</summary>
    /// <param name="cancellationToken">Stops the wait for the process.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobInUse"/>: it runs. <see cref="ErrorCode.JobNotReady"/>: no item has failed.</exception>
    public Task RerunFailedAsync(CancellationToken cancellationToken = default) => RestartAsync(rerunsFailed: true, cancellationToken);

    /// <summary>Reads what is settled so far, in the order of the items; items that are not are left out.</summary>
    /// <typeparam name="TOut">The type of the function's results.</typeparam>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.WrongSignature"/>: results have another type. <see cref="ErrorCode.JobDamaged"/>.
    /// </exception>
    public async IAsyncEnumerable<JobResult<TOut>> ReadResultsAsync<TOut>([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (MapResult<TOut> result in ReadItemsAsync<TOut>(cancellationToken).ConfigureAwait(false))
        {
            yield return new JobResult<TOut>(result.Index, result.Error is null ? result.Value : default!, result.Error);
        }
    }

    /// <summary>The same, with where and how long each item ran.</summary>
    internal async IAsyncEnumerable<MapResult<TOut>> ReadItemsAsync<TOut>([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield(); // large journals are read meanwhile
        using JobResults results = JobResults.Open(Files);
        if (results.History.Types is { } types && types.Output != "bytes" && types.Output != PayloadCodec<TOut>.TypeName)
        {
            throw new RowenException(
                ErrorCode.WrongSignature, $"The results of {Id} are {types.Output}; this program reads them as {PayloadCodec<TOut>.TypeName}.");
        }

        for (int item = 0; item < results.History.ItemCount; item++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ItemState state = results.History.States[item];
            if (state != ItemState.Pending)
            {
                ItemRecord record = results.History[item].Record;
                bool isDone = state == ItemState.Done;
                yield return new MapResult<TOut>(
                    item,
                    isDone ? PayloadCodec<TOut>.Decode(results.ReadResult(item)) : default!,
                    isDone ? null : InvocationException.OfItem(results.ReadFault(item).ToException(), item),
                    record.Lane,
                    TimeSpan.FromTicks(record.DurationTicks));
            }
        }
    }

    private async Task RestartAsync(bool rerunsFailed, CancellationToken cancellationToken)
    {
        JobStatus status = ReadStatus();
        if (!status.HasEnded)
        {
            throw new RowenException(ErrorCode.JobInUse, $"{Id} runs already: `rowen attach {Id}` shows it.");
        }

        if (rerunsFailed && status.Failed == 0)
        {
            throw new RowenException(ErrorCode.JobNotReady, $"No item of {Id} has failed.");
        }

        if (!rerunsFailed && status.Done + status.Failed == status.Total && HasNothingToResume())
        {
            string advice = status.Failed > 0 ? $" `rowen rerun {Id} --failed` tries the {status.Failed} again that have failed." : string.Empty;
            throw new RowenException(ErrorCode.JobNotReady, $"{Id} has nothing left to do: every item is settled.{advice}");
        }

        await SchedulerProcess.RestartAsync(_store, Id, rerunsFailed, _rowenPath, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The journal decides: a status is a hint, and its last word may be of results that a full disk did not take.</summary>
    private bool HasNothingToResume()
    {
        JobHistory history = JobReading.Replay(Files, keepsItems: false);
        return history.Done + history.Failed == history.ItemCount && history.FailedByStore == 0;
    }

    /// <summary>Nobody runs it: the note is ours to write.</summary>
    private async Task<JobStatus> NoteCancelledAsync(CancellationToken cancellationToken)
    {
        using JobLock held = await JobLock.TakeOrNoneAsync(Files.Lock, cancellationToken).ConfigureAwait(false)
            ?? throw new RowenException(ErrorCode.JobInUse, $"{Id} has just begun again: cancel it once more.");
        using JobJournal journal = JobJournal.Open(Files);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        journal.Begin(new JobRun { Number = journal.History.Runs.Count + 1, ProcessId = Environment.ProcessId, Host = Environment.MachineName, At = now });
        journal.End(new JobRunEnd { State = JobState.Cancelled, Reason = "It was cancelled while no process ran it.", At = now });
        await journal.CommitAsync().ConfigureAwait(false);
        JobStatus status = JobReading.OfHistory(Id, journal.History);
        using StatusFile file = StatusFile.Open(Files.Status);
        file.Write(status);
        return status;
    }
}
