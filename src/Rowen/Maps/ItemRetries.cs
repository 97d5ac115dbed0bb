using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>Decides which items run again, by what happened to them; and which of several attempts counts.</summary>
/// <remarks>
/// <para>Nothing is remembered of items that went through at once: a map of a million items holds a record only for those
/// to which something happened. Thread safety: any thread.</para>
/// <para>With the map, an item's index is its key. An attempt is known to be over before the next begins, except for
/// copies of stragglers: of those the first outcome counts, and the others are dropped.</para>
/// </remarks>
internal sealed class ItemRetries(MapOptions options)
{
    /// <summary>Without a limit of the user's: two doublings of what the first lease has.</summary>
    private const int DefaultMemoryFactor = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, ItemRecord> _records = [];
    private int _recordCount;
    private long _firstMemoryBytes;

    /// <summary>Attempts that came to nothing, and were made again unless their item has failed for good.</summary>
    public RetryCounts Counts { get; private set; } = new();

    /// <summary>Copies of stragglers that were begun.</summary>
    public long CopyCount { get; private set; }

    /// <summary>Decides what becomes of an item after an attempt without a result.</summary>
    public ItemFate Judge(long index, ItemTrouble trouble)
    {
        lock (_lock)
        {
            ItemRecord record = RecordOf(index);
            if (record.CopyCount > 1 && trouble.Error is not (ErrorCode.FunctionFailed or ErrorCode.StoreFailed))
            {
                record.CopyCount--;
                return new ItemFate(ItemFateKind.Dropped);
            }

            ItemFate fate = Judge(record, trouble);
            record.AttemptCount += fate.Kind == ItemFateKind.Again ? 1 : 0;
            return fate;
        }
    }

    /// <summary>Another attempt begins beside one that goes on.</summary>
    /// <returns>False if there is one already.</returns>
    public bool TryAddCopy(long index)
    {
        lock (_lock)
        {
            ItemRecord record = RecordOf(index);
            bool isFirst = record.CopyCount == 0;
            record.CopyCount = isFirst ? 2 : record.CopyCount;
            record.AttemptCount += isFirst ? 1 : 0;
            CopyCount += isFirst ? 1 : 0;
            return isFirst;
        }
    }

    /// <summary>Whether an item has its outcome already.</summary>
    public bool IsSettled(long index)
    {
        if (Volatile.Read(ref _recordCount) == 0)
        {
            return false;
        }

        lock (_lock)
        {
            return _records.TryGetValue(index, out ItemRecord? record) && record.IsSettled;
        }
    }

    /// <summary>Whether an attempt need not be made: it is the copy of an item that has its result by now. It is over then.</summary>
    public bool TryDropCopy(long index)
    {
        bool isSettled = IsSettled(index);
        if (isSettled)
        {
            _ = TryClaim(index);
        }

        return isSettled;
    }

    /// <summary>An attempt that waited will not be made.</summary>
    /// <returns>Whether the item has its outcome without it, or another attempt is under way.</returns>
    public bool TryForgo(long index)
    {
        lock (_lock)
        {
            if (!_records.TryGetValue(index, out ItemRecord? record) || (record.CopyCount <= 1 && !record.IsSettled))
            {
                return false;
            }

            if (--record.CopyCount <= 0)
            {
                _records.Remove(index);
                Volatile.Write(ref _recordCount, _records.Count);
            }

            return true;
        }
    }

    /// <summary>Whether this outcome of an item is the one that counts: true once for each index.</summary>
    public bool TryClaim(long index) => TryClaim(index, out _);

    /// <summary>The same, with the number of attempts that were made of it.</summary>
    public bool TryClaim(long index, out int attempts)
    {
        attempts = 1;
        if (Volatile.Read(ref _recordCount) == 0)
        {
            return true; // nothing has ever had two attempts
        }

        lock (_lock)
        {
            if (!_records.TryGetValue(index, out ItemRecord? record))
            {
                return true;
            }

            bool isFirst = !record.IsSettled;
            attempts = record.AttemptCount;
            record.IsSettled = true;
            if (--record.CopyCount <= 0)
            {
                _records.Remove(index);
                Volatile.Write(ref _recordCount, _records.Count);
            }

            return isFirst;
        }
    }

    public static bool IsNotStarted(ErrorCode code) => code is ErrorCode.NotExecuted or ErrorCode.PeerLost
        or ErrorCode.LeaseEnded or ErrorCode.LeaseExpired or ErrorCode.LeaseReleased or ErrorCode.LeaseRevoked;

    private static bool IsPreemption(ErrorCode loss) => loss is ErrorCode.LeaseRevoked or ErrorCode.LeaseExpired
        or ErrorCode.LeaseEnded or ErrorCode.LeaseReleased;

    private ItemFate Judge(ItemRecord record, ItemTrouble trouble) => trouble.Error switch
    {
        ErrorCode.FunctionFailed or ErrorCode.StoreFailed => AfterException(record, trouble),
        ErrorCode.OutOfMemory => AfterOutOfMemory(record, trouble),
        ErrorCode.Unknown => AfterLoss(record, trouble),
        _ when IsNotStarted(trouble.Error) => AgainWithoutLimit(record, trouble.Loss == ErrorCode.None ? trouble.Error : trouble.Loss, trouble),
        _ when trouble.TogetherCount > 1 => new ItemFate(ItemFateKind.Again, ItemCare.Alone),
        _ => new ItemFate(ItemFateKind.Final),
    };

    private ItemFate AfterLoss(ItemRecord record, ItemTrouble trouble) => trouble.Loss switch
    {
        ErrorCode.ExecutorCrashed or ErrorCode.FunctionExitedProcess or ErrorCode.OutputOverrun => AfterDeath(record, trouble),
        ErrorCode.OutOfMemory when trouble.TogetherCount > 1 => new ItemFate(ItemFateKind.Again, ItemCare.Alone),
        ErrorCode.OutOfMemory when !trouble.IsAlone => new ItemFate(ItemFateKind.Again, ItemCare.Isolated),
        ErrorCode.OutOfMemory => AfterOutOfMemory(record, trouble),
        _ => AgainWithoutLimit(record, trouble.Loss, trouble),
    };

    private ItemFate AfterDeath(ItemRecord record, ItemTrouble trouble)
    {
        Counts = Counts with { ExecutorDeaths = Counts.ExecutorDeaths + 1 };
        if (trouble.TogetherCount > 1)
        {
            return new ItemFate(ItemFateKind.Again, ItemCare.Alone);
        }

        record.DeathCount++;
        if (record.DeathCount >= options.MaxExecutorDeaths && (trouble.IsAlone || options.MaxExecutorDeaths == 1))
        {
            return new ItemFate(ItemFateKind.Final, Why: $"{record.DeathCount} executors have died of it, and it is not run again.");
        }

        // Before an item is blamed for good, nothing else may have been there to blame.
        bool isLast = record.DeathCount >= options.MaxExecutorDeaths - 1;
        return new ItemFate(ItemFateKind.Again, isLast ? ItemCare.Isolated : ItemCare.Alone, record.NeededBytes);
    }

    private ItemFate AfterOutOfMemory(ItemRecord record, ItemTrouble trouble)
    {
        Counts = Counts with { OutOfMemory = Counts.OutOfMemory + 1 };
        _firstMemoryBytes = _firstMemoryBytes == 0 ? trouble.MemoryBytes : Math.Min(_firstMemoryBytes, trouble.MemoryBytes);
        long limit = options.MaxMemoryBytes > 0 ? options.MaxMemoryBytes : DefaultMemoryFactor * _firstMemoryBytes;
        long next = Math.Min(Math.Max(trouble.MemoryBytes, record.NeededBytes) * 2, limit);
        if (next <= trouble.MemoryBytes)
        {
            if (trouble is { Loss: ErrorCode.None, Care: not ItemCare.Isolated })
            {
                return new ItemFate(ItemFateKind.Again, ItemCare.Isolated, record.NeededBytes); // another item may have left it none
            }

            return new ItemFate(
                ItemFateKind.Final,
                Why: $"It had {trouble.MemoryBytes >> 20} MiB, and the map may lease no more: MapOptions.MaxMemoryBytes.");
        }

        record.NeededBytes = next;
        return new ItemFate(ItemFateKind.Again, ItemCare.Alone, next);
    }

    private ItemFate AfterException(ItemRecord record, ItemTrouble trouble)
    {
        if (record.ExceptionCount >= options.MaxExceptionRetries)
        {
            return new ItemFate(ItemFateKind.Final);
        }

        Counts = Counts with { Exceptions = Counts.Exceptions + 1 };
        record.ExceptionCount++;
        return new ItemFate(ItemFateKind.Again, trouble.Care, record.NeededBytes);
    }

    private ItemFate AgainWithoutLimit(ItemRecord record, ErrorCode loss, ItemTrouble trouble)
    {
        Counts = IsPreemption(loss) ? Counts with { Preempted = Counts.Preempted + 1 }
            : loss == ErrorCode.DeadlineExceeded ? Counts with { ExecutorDeaths = Counts.ExecutorDeaths + 1 } // another item outran its deadline, and only the whole process could be ended
            : Counts with { NodesLost = Counts.NodesLost + 1 };
        return new ItemFate(ItemFateKind.Again, trouble.Care, record.NeededBytes);
    }

    private ItemRecord RecordOf(long index)
    {
        if (!_records.TryGetValue(index, out ItemRecord? record))
        {
            _records.Add(index, record = new ItemRecord());
            Volatile.Write(ref _recordCount, _records.Count);
        }

        return record;
    }

    private sealed class ItemRecord
    {
        /// <summary>Attempts under way, if there was ever more than one.</summary>
        public int CopyCount { get; set; }

        /// <summary>How often it was sent, the copy of a straggler included.</summary>
        public int AttemptCount { get; set; } = 1;

        public int DeathCount { get; set; }

        public int ExceptionCount { get; set; }

        public long NeededBytes { get; set; }

        public bool IsSettled { get; set; }
    }
}
