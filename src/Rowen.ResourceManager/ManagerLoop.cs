using System.Security.Cryptography;
using System.Threading.Channels;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.Journal;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager;

/// <summary>
/// Owns the lease table: takes what calls have gathered, decides them all, makes all of it durable in one commit, and
/// only then answers, tells agents and wakes those who wait.
/// </summary>
internal sealed class ManagerLoop
{
    private static readonly HashSet<LeaseId> NothingUndone = [];

    private readonly LeaseTable _table;
    private readonly LeaseJournal _journal;
    private readonly LoopOptions _options;
    private readonly NodeOptions _nodeOptions;
    private readonly TimeProvider _time;
    private readonly AuditLog _audit;
    private readonly ILogger _logger;
    private readonly long _startedAt;
    private readonly Channel<ManagerCommand> _calls;
    private readonly JournalBatch _unsaved = new();
    private readonly LeaseChanges _changes = new();
    private readonly Dictionary<NodeId, OrderStream> _streams = [];
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastTickMs;
    private long _retryAtMs;
    private long? _leaveUntilMs;

    public ManagerLoop(
        LeaseTable table, LeaseJournal journal, AuditLog audit, ManagerSettings settings, TimeProvider time, ILogger<ManagerLoop> logger)
    {
        _table = table;
        _journal = journal;
        _audit = audit;
        _options = settings.Loop;
        _nodeOptions = settings.Nodes;
        _time = time;
        _logger = logger;
        _startedAt = time.GetTimestamp();
        // Whoever calls while the loop sleeps runs it on its own thread: two threads fewer to wake before an answer.
        _calls = Channel.CreateBounded<ManagerCommand>(
            new BoundedChannelOptions(_options.MaxQueuedCalls) { SingleReader = true, AllowSynchronousContinuations = true });
    }

    /// <summary>Whether the cluster was taken down, once the loop has ended: the manager alone ends otherwise.</summary>
    public bool IsTakenDown => _leaveUntilMs is not null;

    /// <summary>The manager's epoch.</summary>
    public uint Epoch => _table.Epoch;

    /// <summary>Completes when the cluster was taken down (<see cref="LeaveAsync"/>) and nothing of it is left.</summary>
    public Task Left => _left.Task;

    private long NowMs => (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>Runs until it is cancelled; then answers what still waits, and saves the last meters.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using ITimer timer = _time.CreateTimer(
            _ => _calls.Writer.TryWrite(new ManagerQuestion<bool>((_, _, _) => true)), // a full queue ticks by itself
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        bool isTicking = false;
        var batch = new List<ManagerCommand>();
        try
        {
            FinishRestoring();
            do
            {
                bool needsTicks = _table.NeedsTicks || !_unsaved.IsEmpty || _table.StorageFault is not null || _table.IsLeaving;
                if (needsTicks != isTicking)
                {
                    isTicking = needsTicks;
                    TimeSpan period = needsTicks ? _options.TickPeriod : Timeout.InfiniteTimeSpan;
                    timer.Change(period, period);
                }
            }
            while (await TakeBatchAsync(batch, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            SaveLastMeters();
        }
        finally
        {
            _calls.Writer.TryComplete();
            EndEverything(batch);
        }
    }

    /// <summary>Asks the table, and waits until what it decided is durable.</summary>
    /// <exception cref="RowenException">The disk failed, or the manager ends.</exception>
    public async Task<T> AskAsync<T>(TableCall<T> call, CancellationToken cancellationToken)
    {
        var question = new ManagerQuestion<T>(call);
        try
        {
            await _calls.Writer.WriteAsync(question, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw Ending();
        }

        return await question.Answer.WaitAsync(cancellationToken);
    }

    /// <summary>Asks for a lease.</summary>
    public Task<LeaseAnswer> RequestAsync(LeaseAsk ask, CancellationToken cancellationToken)
    {
        string secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        return AskAsync((table, nowMs, effects) => table.Request(ask, secret, nowMs, effects), cancellationToken);
    }

    /// <summary>A lease as soon as it has another version than one that is known, or when the time is over.</summary>
    public async Task<LeaseAnswer> WaitForChangeAsync(
        LeaseId lease, long version, TimeSpan bound, CancellationToken cancellationToken)
    {
        (LeaseAnswer answer, LeaseWatch? watch) = await AskAsync(
            (table, nowMs, _) =>
            {
                table.Touch(lease, nowMs);
                return (table.Find(lease, nowMs), table.HasChanged(lease, version) ? null : _changes.Watch(lease));
            },
            CancellationToken.None); // a watch that nobody received would never be disposed
        if (watch is null)
        {
            return answer;
        }

        await WaitAsync(watch, bound, cancellationToken);
        return await AskAsync((table, nowMs, _) => table.Find(lease, nowMs), cancellationToken);
    }

    /// <summary>How to reach a lease's executor, as soon as it is ready or can never be, or when the time is over.</summary>
    public async Task<(ExecutorView? View, ErrorAnswer? Error)> WaitForExecutorAsync(
        LeaseId lease, TimeSpan bound, CancellationToken cancellationToken)
    {
        long startedAt = _time.GetTimestamp();
        while (true)
        {
            (ExecutorView? view, ErrorAnswer? error, LeaseWatch? watch) = await AskAsync(
                (table, nowMs, _) =>
                {
                    table.Touch(lease, nowMs);
                    (ExecutorView? found, ErrorAnswer? fault) = table.FindExecutor(lease);
                    return (found, fault, found is null && fault is null ? _changes.Watch(lease) : null);
                },
                CancellationToken.None);
            TimeSpan left = bound - _time.GetElapsedTime(startedAt);
            if (watch is null || left <= TimeSpan.Zero)
            {
                watch?.Dispose();
                return (view, error);
            }

            await WaitAsync(watch, left, cancellationToken);
        }
    }

    /// <summary>Begins a stream of orders to an agent; it replaces an older one.</summary>
    /// <returns>None if the agent must join first.</returns>
    public Task<OrderStream?> OpenOrdersAsync(NodeId node) =>
        AskAsync((table, nowMs, effects) => OpenOrders(node, table, nowMs, effects), CancellationToken.None);

    /// <summary>An agent's stream of orders ended.</summary>
    public Task CloseOrdersAsync(NodeId node, OrderStream stream) => AskAsync(
        (table, nowMs, effects) =>
        {
            table.CloseOrders(node, stream.Number, nowMs, effects);
            if (_streams.TryGetValue(node, out OrderStream? current) && current == stream)
            {
                _streams.Remove(node);
            }

            return true;
        },
        CancellationToken.None);

    /// <summary>Gives an order that is no business of the table's: to post a log.</summary>
    public Task<bool> TellAsync(NodeId node, NodeOrder order, CancellationToken cancellationToken) => AskAsync(
        (table, _, effects) =>
        {
            effects.Add(new LeaseEffect.Tell(node, order with { Epoch = table.Epoch }));
            return true;
        },
        cancellationToken);

    /// <summary>Takes the cluster down: agents drain and leave, then <see cref="Left"/> completes.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken) => AskAsync(
        (table, nowMs, effects) =>
        {
            table.Leave(nowMs, effects);
            _leaveUntilMs ??= nowMs + (long)_options.LeaveBound.TotalMilliseconds;
            return true;
        },
        cancellationToken);

    private static RowenException Ending() =>
        new(ErrorCode.ManagerUnreachable, "The resource manager is ending: it takes no call any more. Try again when it is back.");

    private async Task WaitAsync(LeaseWatch watch, TimeSpan bound, CancellationToken cancellationToken)
    {
        using (watch)
        {
            try
            {
                await watch.Changed.WaitAsync(bound, _time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Then the answer is the lease as it is.
            }
        }
    }

    private OrderStream? OpenOrders(NodeId node, LeaseTable table, long nowMs, ICollection<LeaseEffect> effects)
    {
        int before = effects.Count;
        long number = table.OpenOrders(node, nowMs, effects);
        if (number == 0)
        {
            return null;
        }

        if (_streams.Remove(node, out OrderStream? older))
        {
            older.End();
        }

        var stream = new OrderStream(number, _nodeOptions.MaxQueuedOrders + effects.Count - before);
        _streams.Add(node, stream);
        return stream;
    }

    private void FinishRestoring()
    {
        var effects = new List<LeaseEffect>();
        _table.FinishRestoring(NowMs, effects);
        Perform(effects, Save(NowMs, effects));
    }

    private async ValueTask<bool> TakeBatchAsync(List<ManagerCommand> batch, CancellationToken cancellationToken)
    {
        if (!await _calls.Reader.WaitToReadAsync(cancellationToken))
        {
            return false;
        }

        while (batch.Count < _options.MaxBatch && _calls.Reader.TryRead(out ManagerCommand? call))
        {
            batch.Add(call);
        }

        RunBatch(batch);
        if (_calls.Reader.TryPeek(out _))
        {
            await Task.Yield(); // this thread has a caller of its own to answer
        }

        return true;
    }

    private void RunBatch(List<ManagerCommand> batch)
    {
        long nowMs = NowMs;
        var effects = new List<LeaseEffect>();
        foreach (ManagerCommand call in batch)
        {
            call.Decide(_table, nowMs, effects);
        }

        if (nowMs - _lastTickMs >= _options.TickPeriod.TotalMilliseconds)
        {
            Tick(nowMs, effects);
        }

        IReadOnlySet<LeaseId> undone = Save(nowMs, effects);
        foreach (ManagerCommand call in batch)
        {
            call.Complete(undone, _table.StorageFault);
        }

        batch.Clear();
        Perform(effects, undone);
    }

    private void Tick(long nowMs, List<LeaseEffect> effects)
    {
        _lastTickMs = nowMs;
        _changes.Sweep();
        foreach (LeaseId lease in _changes.Watched)
        {
            _table.Touch(lease, nowMs);
        }

        _table.Advance(nowMs, effects);
        if (_leaveUntilMs is { } leaveUntilMs && (_table.IsQuiet || nowMs >= leaveUntilMs) && !Left.IsCompleted)
        {
            _table.EndAll(nowMs, effects);
            _left.TrySetResult();
        }
    }

    /// <summary>Makes everything durable that changed; whatever that allows to be granted at last, too.</summary>
    private IReadOnlySet<LeaseId> Save(long nowMs, List<LeaseEffect> effects)
    {
        int gathered = 0;
        IReadOnlySet<LeaseId> undone = NothingUndone;
        while (true)
        {
            for (; gathered < effects.Count; gathered++)
            {
                _unsaved.Add(effects[gathered]);
            }

            bool isFailing = _table.StorageFault is not null;
            if (isFailing ? nowMs < _retryAtMs : _unsaved.IsEmpty)
            {
                return undone;
            }

            undone = SaveOnce(nowMs, isFailing, effects);
        }
    }

    private IReadOnlySet<LeaseId> SaveOnce(long nowMs, bool wasFailing, List<LeaseEffect> effects)
    {
        try
        {
            _journal.Write(_unsaved, _table.LastLeaseId, _table.LastNodeId);
            _unsaved.Clear();
            if (wasFailing)
            {
                ManagerLog.StorageWorks(_logger);
            }

            _table.StorageWorks(nowMs, effects);
            return NothingUndone;
        }
        catch (RowenException exception)
        {
            if (!wasFailing)
            {
                ManagerLog.StorageFails(_logger, exception.Message);
            }

            _retryAtMs = nowMs + (long)_options.StorageRetryPeriod.TotalMilliseconds;
            return _table.StorageFails(exception.Message, effects);
        }
    }

    private void Perform(List<LeaseEffect> effects, IReadOnlySet<LeaseId> undone)
    {
        foreach (LeaseEffect effect in effects)
        {
            switch (effect)
            {
                case LeaseEffect.Tell tell when !IsUndone(tell.Order, undone):
                    Tell(tell);
                    break;
                case LeaseEffect.Changed changed:
                    _changes.Tell(changed.Lease);
                    LogChange(changed);
                    break;
                case LeaseEffect.Audit audit when audit.Entry.Lease is not { } lease || !undone.Contains(lease):
                    _audit.Write(audit.Entry);
                    break;
                case LeaseEffect.NodeChanged node:
                    ManagerLog.NodeChanged(_logger, node.Node, node.Name, node.State);
                    break;
                default:
                    break; // saved already
            }
        }
    }

    private static bool IsUndone(NodeOrder order, IReadOnlySet<LeaseId> undone) =>
        order.Kind == NodeOrderKind.StartLease && undone.Contains(order.Lease);

    private void Tell(LeaseEffect.Tell tell)
    {
        if (_streams.TryGetValue(tell.Node, out OrderStream? stream) && !stream.TryTell(tell.Order))
        {
            ManagerLog.AgentTooSlow(_logger, tell.Node);
            _streams.Remove(tell.Node);
            stream.End();
        }
    }

    private void LogChange(LeaseEffect.Changed changed)
    {
        if (changed.State == LeaseState.Ended)
        {
            ManagerLog.LeaseEnded(_logger, changed.Lease, changed.Code, changed.Reason);
        }
        else
        {
            ManagerLog.LeaseChanged(_logger, changed.Lease, changed.State, changed.Reason);
        }
    }

    private void SaveLastMeters()
    {
        var effects = new List<LeaseEffect>();
        _table.SaveUsage(effects);
        _retryAtMs = 0; // one last attempt
        Save(NowMs, effects);
    }

    private void EndEverything(List<ManagerCommand> batch)
    {
        while (_calls.Reader.TryRead(out ManagerCommand? call))
        {
            batch.Add(call);
        }

        foreach (ManagerCommand call in batch)
        {
            call.Fail(Ending());
        }

        foreach (OrderStream stream in _streams.Values)
        {
            stream.End();
        }

        _changes.TellAll();
        _left.TrySetResult();
    }
}
