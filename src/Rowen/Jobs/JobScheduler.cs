using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Jobs;

/// <summary>Runs one job in this process: a map whose results go to the journal, again and again until every item is settled.</summary>
/// <remarks>
/// What can pass (a manager that restarts, nodes that go) is waited for, and the reason told. An item counts as done when its
/// record is on the disk, and then never runs again.
/// </remarks>
internal sealed class JobScheduler
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly JobId _id;
    private readonly JobFiles _files;
    private readonly JobStore _store;
    private readonly JobJournal _journal;
    private readonly Func<JobTypes, byte[], byte[]> _encodeText;
    private readonly Action<string> _log;
    private readonly JobProgress _progress = new();
    private readonly CancellationTokenSource _hardEnd = new();
    private readonly Lock _lock = new();
    private readonly JobUsage _usage = new();
    private JobRound? _round;
    private volatile string? _cancelled;
    private volatile bool _isLate;

    private JobScheduler(JobStore store, JobId id, JobJournal journal, Func<JobTypes, byte[], byte[]> encodeText, Action<string> log)
    {
        _store = store;
        _id = id;
        _files = store.Find(id);
        _journal = journal;
        _encodeText = encodeText;
        _log = log;
    }

    private JobDescription Description => _journal.History.Description!;

    /// <summary>How long a job without any lane tries again before it stops and says why.</summary>
    private TimeSpan MaxWait => Description.Policy is { } policy ? TimeSpan.FromMilliseconds(policy.MaxWaitMs) : JobPolicy.DefaultMaxWait;

    /// <summary>How long this process has for the job; zero: for ever.</summary>
    private TimeSpan Timeout => TimeSpan.FromMilliseconds(Description.Policy?.TimeoutMs ?? 0);

    /// <summary>Runs a job to its end, its cancellation, or an error that does not pass.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="id">The job.</param>
    /// <param name="rerunsFailed">Whether items that failed are to run again.</param>
    /// <param name="encodeText">Makes the payload of an item that is text.</param>
    /// <param name="log">Hears what a person may want to read later.</param>
    /// <param name="stop">Ends it early, and in order.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.JobInUse"/>, <see cref="ErrorCode.JobDamaged"/>, or <see cref="ErrorCode.StorageFailed"/>: the end could not be written down.
    /// </exception>
    public static async Task<JobRunEnd> RunAsync(
        JobStore store, JobId id, bool rerunsFailed, Func<JobTypes, byte[], byte[]> encodeText, Action<string> log, CancellationToken stop)
    {
        JobFiles files = store.Find(id);
        using JobLock held = await JobLock.TakeOrNoneAsync(files.Lock, stop).ConfigureAwait(false)
            ?? throw new RowenException(ErrorCode.JobInUse, $"{id} is run by another process already: `rowen attach {id}` shows it.");
        File.Delete(files.Cancel); // of an earlier run
        using JobJournal journal = OpenAndTell(id, files);
        using StatusFile status = StatusFile.Open(files.Status);
        var scheduler = new JobScheduler(store, id, journal, encodeText, log);
        return await scheduler.RunAsync(status, rerunsFailed, stop).ConfigureAwait(false);
    }

    private static JobJournal OpenAndTell(JobId id, JobFiles files)
    {
        try
        {
            return JobJournal.Open(files);
        }
        catch (RowenException exception)
        {
            using StatusFile status = StatusFile.Open(files.Status);
            JobStatus last = StatusFile.ReadOrNone(files.Status) ?? new JobStatus { Id = id };
            status.Write(last with { State = JobState.Stopped, Reason = exception.Message, Code = exception.Code, At = TimeProvider.System.GetUtcNow() });
            throw;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever ends a job is what its user must hear.")]
    private async Task<JobRunEnd> RunAsync(StatusFile status, bool rerunsFailed, CancellationToken stop)
    {
        var run = new JobRun
        {
            Number = _journal.History.Runs.Count + 1,
            ProcessId = Environment.ProcessId,
            Host = Environment.MachineName,
            At = Now,
            RerunsFailed = rerunsFailed,
        };
        JobStatus first = JobReading.FirstStatus(_id, Description) with
        {
            State = JobState.Running,
            Run = run.Number,
            ProcessId = run.ProcessId,
            Host = run.Host,
            Reason = "It looks for its cluster.",
        };
        _progress.Pause(first.Reason);
        var reporter = new StatusReporter(status, _journal, _progress, first);
        JobRunEnd end;
        try
        {
            _journal.Begin(run);
            await _journal.CommitAsync().ConfigureAwait(false);
            reporter.Begin(); // before anything is said: whoever started us waits for it
            _log($"{_id} begins: run {run.Number}, process {run.ProcessId} on {run.Host}, {_journal.History.Done} of {_journal.History.ItemCount} items are done."
                + (_journal.TornBytes > 0 ? $" {_journal.TornBytes} bytes behind the last whole commit were cut off." : string.Empty));
            end = await WatchedAsync(reporter, stop).ConfigureAwait(false);
            _journal.End(end);
            await _journal.CommitAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = Ended(JobState.Stopped, exception.Message);
            _log($"{_id} could not write its end down: {exception}");
        }

        JobStatus last = reporter.Finish(end);
        _log($"{_id} is {end.State}: {last.Done} done, {last.Failed} failed. {end.Reason}");
        return end;
    }

    private async Task<JobRunEnd> WatchedAsync(StatusReporter reporter, CancellationToken stop)
    {
        using var over = new CancellationTokenSource();
        using CancellationTokenRegistration stopping = stop.Register(() => _hardEnd.Cancel());
        using ITimer? late = Timeout > TimeSpan.Zero ? TimeProvider.System.CreateTimer(_ => EndLate(), null, Timeout, System.Threading.Timeout.InfiniteTimeSpan) : null;
        Task reporting = reporter.RunAsync(over.Token);
        Task watching = new CancelWatch(_files.Cancel, CancelAsync).RunAsync(over.Token);
        try
        {
            return await RunRoundsAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(reporting, watching).ConfigureAwait(false);
        }
    }

    /// <summary>Starts nothing more; what runs may end within the grace, and is ended then.</summary>
    private async Task CancelAsync(TimeSpan grace, CancellationToken over)
    {
        _cancelled = "It was cancelled.";
        _log($"{_id} is to end: running items have {grace.TotalSeconds:0.###} s.");
        lock (_lock)
        {
            _round?.Drain();
        }

        try
        {
            await Task.Delay(grace, TimeProvider.System, over).ConfigureAwait(false);
            await _hardEnd.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It ended by itself.
        }
    }

    private void EndLate()
    {
        _isLate = true;
        _hardEnd.Cancel();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever ends a job is what its user must hear, and the journal says.")]
    private async Task<JobRunEnd> RunRoundsAsync(CancellationToken stop)
    {
        TimeSpan pause = FirstPause;
        long laneAt = _progress.LaneAt;
        while (Settled < _journal.History.ItemCount && _cancelled is null && !_hardEnd.IsCancellationRequested)
        {
            try
            {
                await RunRoundAsync().ConfigureAwait(false);
                break;
            }
            catch (OperationCanceledException) when (_hardEnd.IsCancellationRequested)
            {
                break;
            }
            catch (RowenException exception) when (!_journal.HasFailed && Passes(exception))
            {
                if (_progress.LaneAt > laneAt)
                {
                    (laneAt, pause) = (_progress.LaneAt, FirstPause);
                }

                if (Stopwatch.GetElapsedTime(laneAt) >= MaxWait)
                {
                    return Ended(
                        JobState.Stopped, $"For {MaxWait} (MaxWait, --max-wait) no item could run. {exception.Message} When that is mended, `rowen resume {_id}` goes on.", ErrorCode.WaitedTooLong);
                }

                _log($"{_id} tries again in {pause.TotalSeconds:0} s: {exception.Message}");
                _progress.Pause($"It tries again each {pause.TotalSeconds:0} s: {exception.Message}");
                await WaitAsync(Shorter(pause, MaxWait - Stopwatch.GetElapsedTime(laneAt))).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (Exception exception)
            {
                _log($"{_id} cannot go on: {exception}");
                return Ended(JobState.Stopped, exception.Message, (exception as RowenException)?.Code ?? ErrorCode.None);
            }
        }

        return HowItEnded(stop);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other > TimeSpan.Zero ? other : TimeSpan.Zero;

    private JobRunEnd HowItEnded(CancellationToken stop) =>
        Settled == _journal.History.ItemCount ? Ended(_journal.History.Failed > 0 ? JobState.Failed : JobState.Done, WhyItMayGoOn)
        : _cancelled is { } reason ? Ended(JobState.Cancelled, reason)
        : _isLate ? Ended(
            JobState.Stopped,
            $"It was not done within {Timeout} (Timeout, --timeout): {_journal.History.Done} items have results. `rowen resume {_id}` goes on, with as much time again.",
            ErrorCode.DeadlineExceeded)
        : stop.IsCancellationRequested ? Ended(JobState.Stopped, $"Its process was asked to end. `rowen resume {_id}` goes on.")
        : Ended(JobState.Stopped, "Its map ended before its items did. This is a defect of Rowen: please report it, with the job's log.");

    private string WhyItMayGoOn => _journal.History.FailedByStore == 0 ? string.Empty
        : $"{_journal.History.FailedByStore} failed because a store did: when it is mended, `rowen resume {_id}` runs them again.";

    private async Task WaitAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, TimeProvider.System, _hardEnd.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop's next step sees it.
        }
    }

    private Task RunRoundAsync()
    {
        var round = new JobRound(_store, _id, _journal, _progress, _encodeText, _log);
        lock (_lock)
        {
            _round = round;
            if (_cancelled is not null)
            {
                round.Drain();
            }
        }

        return round.RunAsync(_usage, _hardEnd.Token);
    }

    private long Settled => _journal.History.Done + _journal.History.Failed;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private JobRunEnd Ended(JobState state, string reason, ErrorCode code = ErrorCode.None) => new()
    {
        State = state,
        Reason = reason,
        Code = code,
        At = Now,
        Retries = _progress.Retries,
        Usage = _usage.TotalOrNone,
    };

    /// <summary>What may be otherwise in a while: managers restart, nodes go and come.</summary>
    private static bool Passes(RowenException exception) => exception.IsRetryable || exception.Code is ErrorCode.PeerLost
        or ErrorCode.LeaseReleased or ErrorCode.WaitedTooLong or ErrorCode.BadClusterFile or ErrorCode.UnknownLease or ErrorCode.UnknownNode;
}
