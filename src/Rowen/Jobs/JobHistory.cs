using Rowen.Journals;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>All that the journal of a job says, replayed. Decides what is settled; performs nothing.</summary>
/// <remarks>Thread safety: one thread.</remarks>
internal sealed class JobHistory
{
    private readonly bool _keepsItems;
    private readonly bool _keepsStates;
    private ItemState[] _states = [];
    private SettledItem[] _items = [];
    private readonly List<long> _failedByStore = [];

    /// <summary>An empty history.</summary>
    /// <param name="keepsItems">Whether to remember where and when each item ran: 64 bytes each, instead of one.</param>
    /// <param name="keepsStates">Whether to remember what is settled at all.</param>
    public JobHistory(bool keepsItems, bool keepsStates = true)
    {
        _keepsItems = keepsItems;
        _keepsStates = keepsStates;
    }

    /// <summary>Null until the first record has come.</summary>
    public JobDescription? Description { get; private set; }

    public JobTypes? Types { get; private set; }

    public List<JobRun> Runs { get; } = [];

    /// <summary>The end of each run that ended in an orderly way, by its number.</summary>
    public Dictionary<int, JobRunEnd> Ends { get; } = [];

    /// <summary>Lanes by run and number.</summary>
    public Dictionary<(int Run, int Lane), JobLane> Lanes { get; } = [];

    public long Done { get; private set; }

    public long Failed { get; private set; }

    /// <summary>Of those: because an object store failed. The next run runs them again.</summary>
    public int FailedByStore => _failedByStore.Count;

    public long ItemCount => Description?.Items.Count ?? 0;

    /// <summary>Whether each item is settled.</summary>
    public IReadOnlyList<ItemState> States => _states;

    /// <summary>How the last run ended; null if there was none, or it did not.</summary>
    public JobRunEnd? LastEnd => Runs.Count > 0 ? Ends.GetValueOrDefault(Runs[^1].Number) : null;

    /// <summary>What an item's last record says; only where items are kept.</summary>
    public SettledItem this[long item] => _items[item];

    /// <summary>Reads a whole journal.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>.</exception>
    public static JobHistory Read(JournalReader reader, bool keepsItems)
    {
        var history = new JobHistory(keepsItems);
        while (reader.TryRead(out ReadOnlyMemory<byte> body, out long position))
        {
            while (!body.IsEmpty)
            {
                if (!JournalRecord.TryTake(ref body, ref position, out JournalRecord record))
                {
                    throw reader.Damaged(position, "no record begins there");
                }

                if (history.FindFaultAndApply(record) is { } fault)
                {
                    throw reader.Damaged(record.Position, fault);
                }
            }
        }

        return history.Description is not null
            ? history
            : throw reader.Damaged(reader.Position, "it ends before it says what the job is: the submission did not come to its end");
    }

    /// <summary>Takes one record.</summary>
    /// <returns>Why it cannot be true; null if it was taken.</returns>
    public string? FindFaultAndApply(JournalRecord record)
    {
        var kind = (JobRecordKind)record.Kind;
        if (Description is null != (kind == JobRecordKind.Description))
        {
            return "what the job is stands there twice, or not first";
        }

        bool isRight = kind switch
        {
            JobRecordKind.Description => TryDescribe(record.Body.Span),
            JobRecordKind.RunBegan => TryBegin(record.Body.Span),
            JobRecordKind.Types => JobJson.TryRead(record.Body.Span, out JobTypes types) && Set(types),
            JobRecordKind.Lane => TryAddLane(record.Body.Span),
            JobRecordKind.Result or JobRecordKind.LargeResult or JobRecordKind.Failure or JobRecordKind.StoreFailure => TrySettle(kind, record),
            JobRecordKind.RunEnded => JobJson.TryRead(record.Body.Span, out JobRunEnd end) && TryEnd(end),
            _ => false,
        };
        return isRight ? null : $"a record of kind {record.Kind} says what cannot be, or is of a newer Rowen";
    }

    /// <summary>Settles an item that this process has run.</summary>
    /// <returns>False if it was settled before: the first one counts.</returns>
    public bool TrySettle(long item, JobRecordKind kind)
    {
        if (_states[item] != ItemState.Pending)
        {
            return false;
        }

        bool isDone = kind is JobRecordKind.Result or JobRecordKind.LargeResult;
        _states[item] = isDone ? ItemState.Done : ItemState.Failed;
        Done += isDone ? 1 : 0;
        Failed += isDone ? 0 : 1;
        if (kind == JobRecordKind.StoreFailure)
        {
            _failedByStore.Add(item);
        }

        return true;
    }

    private bool TryDescribe(ReadOnlySpan<byte> json)
    {
        if (!JobJson.TryRead(json, out JobDescription description)
            || description.Items.Count < 0
            || description.Items.Count > JobLimits.MaxItemCount)
        {
            return false;
        }

        Description = description;
        _states = _keepsStates ? new ItemState[description.Items.Count] : [];
        _items = _keepsItems ? new SettledItem[description.Items.Count] : [];
        return true;
    }

    private bool TryBegin(ReadOnlySpan<byte> json)
    {
        if (!JobJson.TryRead(json, out JobRun run) || run.Number != Runs.Count + 1)
        {
            return false;
        }

        Runs.Add(run);
        foreach (long item in _failedByStore)
        {
            _states[item] = ItemState.Pending;
        }

        Failed -= _failedByStore.Count;
        _failedByStore.Clear();
        if (run.RerunsFailed)
        {
            for (int item = 0; item < _states.Length; item++)
            {
                _states[item] = _states[item] == ItemState.Failed ? ItemState.Pending : _states[item];
            }

            Failed = 0;
        }

        return true;
    }

    private bool Set(JobTypes types)
    {
        Types = types;
        return true;
    }

    private bool TryAddLane(ReadOnlySpan<byte> json) =>
        Runs.Count > 0 && JobJson.TryRead(json, out JobLane lane) && Lanes.TryAdd((Runs.Count, lane.Number), lane);

    private bool TryEnd(JobRunEnd end) => Runs.Count > 0 && Ends.TryAdd(Runs.Count, end);

    private bool TrySettle(JobRecordKind kind, JournalRecord record)
    {
        if (Runs.Count == 0 || !ItemRecord.TryRead(record.Body.Span, ItemCount, out ItemRecord item) || !TrySettle(item.Item, kind))
        {
            return false;
        }

        if (_keepsItems)
        {
            _items[item.Item] = new SettledItem(
                _states[item.Item], Runs.Count, item, kind, record.Position + ItemRecord.SizeBytes, record.Body.Length - ItemRecord.SizeBytes);
        }

        return true;
    }
}
