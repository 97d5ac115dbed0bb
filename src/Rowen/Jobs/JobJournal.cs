using Rowen.Commands;
using Rowen.Functions;
using Rowen.Journals;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>A job's journal in the hands of the process that runs it: what is written, and what is known to be settled.</summary>
/// <remarks>Thread safety: results come from one thread; everything else from any.</remarks>
internal sealed class JobJournal : IDisposable
{
    private readonly JobHistory _history;
    private readonly JournalWriter _writer;
    private readonly ResultFile _results;
    private readonly JobFiles _files;
    private readonly byte[] _head = new byte[ItemRecord.SizeBytes];
    private int _laneCount;

    private JobJournal(JobFiles files, JobHistory history, JournalWriter writer, ResultFile results, long tornBytes)
    {
        _files = files;
        _history = history;
        _writer = writer;
        _results = results;
        TornBytes = tornBytes;
        writer.FlushFirst = results.Flush;
    }

    /// <summary>What the journal said when it was opened, and what was settled since.</summary>
    public JobHistory History => _history;

    /// <summary>Bytes that an earlier process or machine left behind the last whole commit, and that were cut off.</summary>
    public long TornBytes { get; }

    /// <summary>Number of the next lane of this run.</summary>
    public int NextLane => Volatile.Read(ref _laneCount);

    /// <summary>Whether a record, or a result beside the journal, could not be written: this process can settle nothing more.</summary>
    public bool HasFailed => _writer.HasFailed || _results.HasFailed;

    /// <summary>Reads the journal and makes ready to go on. The caller holds the job's lock.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>, <see cref="ErrorCode.StorageFailed"/>.</exception>
    public static JobJournal Open(JobFiles files)
    {
        using JournalReader reader = JournalReader.Open(files.Journal);
        JobHistory history = JobHistory.Read(reader, keepsItems: false);
        ResultFile results = ResultFile.OpenForWriting(files.Results);
        return new JobJournal(files, history, JournalWriter.Continue(files.Journal, reader), results, reader.TornBytes);
    }

    /// <summary>Writes down that a process begins.</summary>
    public void Begin(JobRun run) => Note(JobRecordKind.RunBegan, JobJson.Write(run));

    public void Add(JobTypes types) => Note(JobRecordKind.Types, JobJson.Write(types));

    /// <summary>Adds a lane. Does not touch the history: any thread.</summary>
    public void Add(JobLane lane)
    {
        _writer.Append((ushort)JobRecordKind.Lane, JobJson.Write(lane));
        Interlocked.Increment(ref _laneCount);
    }

    public void End(JobRunEnd end) => Note(JobRecordKind.RunEnded, JobJson.Write(end));

    /// <summary>Settles an item; durable after the next commit.</summary>
    /// <returns>False if it was settled before: the first one counts.</returns>
    public bool TrySettle(ItemRecord item, MapResult<RawPayload> result) =>
        TrySettle(item, result.Error is null ? result.Value.Bytes.Span : default, result.Error);

    /// <summary>The same for a command: what it has left is kept whether it failed or not.</summary>
    public bool TrySettle(ItemRecord item, CommandOutcome outcome) =>
        TrySettle(
            item, outcome.HasRun ? ControlMessage.Write(outcome.Report with { Files = [] }) : default, outcome.Error, outcome.Error is null ? null : CommandFailure.KindOf(outcome));

    private bool TrySettle(ItemRecord item, ReadOnlySpan<byte> result, RowenException? error, string? kind = null)
    {
        JobRecordKind recorded = error is null ? result.Length > JobLimits.MaxInlineBytes ? JobRecordKind.LargeResult : JobRecordKind.Result
            : error.Code == ErrorCode.StoreFailed ? JobRecordKind.StoreFailure
            : JobRecordKind.Failure;
        if (_history.States[(int)item.Item] != ItemState.Pending)
        {
            return false;
        }

        item.Write(_head);
        if (error is not null)
        {
            JobFault fault = JobFault.Of(error) with { Kind = kind, Report = result.IsEmpty ? null : _results.Add(result) };
            _writer.Append((ushort)recorded, _head, JobJson.Write(fault));
        }
        else if (recorded == JobRecordKind.LargeResult)
        {
            Span<byte> place = stackalloc byte[ResultPlace.SizeBytes];
            _results.Add(result).Write(place);
            _writer.Append((ushort)recorded, _head, place);
        }
        else
        {
            _writer.Append((ushort)recorded, _head, result);
        }

        return _history.TrySettle(item.Item, recorded); // last: what could not be written has to run again
    }

    /// <summary>Waits for the disk if too much waits for it already.</summary>
    public Task KeepUpAsync() => _writer.IsBehind ? _writer.CommitAsync() : Task.CompletedTask;

    /// <summary>Ends when everything is on the disk.</summary>
    public Task CommitAsync() => _writer.CommitAsync();

    /// <summary>What the next process will read: after a failure that is less than <see cref="History"/>. Call when nothing is being written.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>.</exception>
    public JobHistory ReadBack() => HasFailed ? JobReading.Replay(_files, keepsItems: false) : _history;

    public void Dispose()
    {
        _writer.Dispose();
        _results.Dispose();
    }

    private void Note(JobRecordKind kind, byte[] json)
    {
        string? fault = _history.FindFaultAndApply(new JournalRecord((ushort)kind, json, Position: 0));
        if (fault is not null)
        {
            throw new InvalidOperationException($"A {kind} that cannot be was to be written: {fault}.");
        }

        _writer.Append((ushort)kind, json);
    }
}
