using Rowen.NodeAgent.Executors;
using Rowen.NodeAgent.Leases;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent;

/// <summary>The executors: pooled, assigned to leases, replaced, killed.</summary>
internal sealed partial class AgentState
{
    /// <summary>An executor has started, waits for a lease, and listens for owners at these addresses.</summary>
    public void OnPooled(ExecutorNumber number, IReadOnlyList<string> addresses, List<AgentEffect> effects)
    {
        if (_executors.TryGetValue(number, out ExecutorRecord? executor) && executor.Stage == ExecutorStage.Starting)
        {
            _failedStartCount = 0;
            executor.Addresses = addresses;
            if (executor.Lease is { } lease)
            {
                Assign(executor, lease, effects);
            }
            else
            {
                Pool(executor, effects);
            }
        }

        CheckInvariants();
    }

    /// <summary>An executor that was to end has not been used by anybody: it is as good as a new one.</summary>
    public void OnReturned(ExecutorNumber number, LeaseUsage? usage, List<AgentEffect> effects)
    {
        if (_executors.TryGetValue(number, out ExecutorRecord? executor)
            && executor is { Stage: ExecutorStage.Ending, Lease: { } lease })
        {
            bool isPoolFull = IsPoolFull();
            executor.Lease = null;
            Finish(lease, lease.EndCode, lease.Why, usage, effects);
            if (isPoolFull)
            {
                Kill(executor, lease.EndCode, lease.Why, effects);
            }
            else
            {
                Pool(executor, effects);
            }
        }

        CheckInvariants();
    }

    /// <summary>An executor is gone, or never came to be.</summary>
    public void OnEnded(ExecutorNumber number, ExecutorEnd end, long nowMs, List<AgentEffect> effects)
    {
        if (!_executors.Remove(number, out ExecutorRecord? executor))
        {
            return;
        }

        bool hadStarted = executor.Stage is not ExecutorStage.Starting;
        if (executor.Lease is { } lease)
        {
            if (!WasAssigned(executor) && !lease.IsEnding && lease.StartCount < MaxStartCount)
            {
                StartFor(lease, nowMs, effects);
            }
            else
            {
                Finish(lease, lease.IsEnding ? lease.EndCode : end.Code, lease.IsEnding ? lease.Why : end.Why, end.Usage, effects);
            }
        }
        else
        {
            _failedStartCount += hadStarted ? 0 : 1; // the pool must not become a loop of dying processes
            long pause = _options.RefillDelayMs << Math.Min(_failedStartCount, 10);
            _refillAtMs = nowMs + Math.Min(pause, _options.MaxRefillDelayMs);
        }

        LeaveIfDone(effects);
        CheckInvariants();
    }

    /// <summary>Best a pooled executor, else one that is starting, else a new one.</summary>
    private void StartFor(LeaseRecord lease, long nowMs, List<AgentEffect> effects)
    {
        lease.StartCount++;
        ExecutorRecord executor = FindUnleased(ExecutorStage.Pooled) ?? FindUnleased(ExecutorStage.Starting)
            ?? StartExecutor(nowMs, effects);
        executor.Lease = lease;
        _refillAtMs = Math.Max(_refillAtMs, nowMs + _options.RefillDelayMs);
        _fullNodeRefillAtMs = nowMs + _options.FullNodeRefillDelayMs;
        if (executor.Stage == ExecutorStage.Pooled)
        {
            Assign(executor, lease, effects);
        }
    }

    private ExecutorRecord? FindUnleased(ExecutorStage stage) => _executors.Values
        .Where(executor => executor.Lease is null && executor.Stage == stage)
        .MinBy(executor => executor.Number.Value);

    private ExecutorRecord StartExecutor(long nowMs, List<AgentEffect> effects)
    {
        var executor = new ExecutorRecord(new ExecutorNumber(++_lastExecutor), nowMs + _options.StartTimeoutMs);
        _executors.Add(executor.Number, executor);
        effects.Add(new AgentEffect.StartExecutor(executor.Number));
        return executor;
    }

    private static void Pool(ExecutorRecord executor, List<AgentEffect> effects)
    {
        executor.Stage = ExecutorStage.Pooled;
        executor.DueAtMs = long.MaxValue;
        if (!executor.HasRehearsed)
        {
            executor.HasRehearsed = true;
            effects.Add(new AgentEffect.RehearseExecutor(executor.Number));
        }
    }

    /// <summary>The owner is told where to come without waiting for the executor: a connection waits for the assignment there.</summary>
    private void Assign(ExecutorRecord executor, LeaseRecord lease, List<AgentEffect> effects)
    {
        executor.Stage = ExecutorStage.Serving;
        executor.DueAtMs = long.MaxValue;
        lease.Addresses = executor.Addresses;
        effects.Add(new AgentEffect.AssignExecutor(executor.Number, new ExecutorAssignment
        {
            Lease = lease.Id,
            Epoch = lease.Epoch,
            Node = Node,
            NodeName = _nodeName,
            Kind = lease.Order.LeaseKind,
            Cores = lease.Cores,
            MemoryBytes = lease.Order.MemoryBytes,
            SlotCount = lease.Order.SlotCount,
            SlotBytes = lease.Order.SlotBytes,
            HotWindowUs = lease.Order.HotWindowUs,
            Secret = lease.Order.Secret!,
            EndsAtNs = ToNs(lease.EndsAtMs),
            Package = lease.Order.Package ?? default,
        }));
        ReportReady(lease, effects);
    }

    private void Overdue(ExecutorRecord executor, List<AgentEffect> effects)
    {
        (ErrorCode code, string why) = executor.Stage switch
        {
            ExecutorStage.Starting => (ErrorCode.ExecutorCrashed,
                $"An executor on node {_nodeName} did not report within {_options.StartTimeoutMs} ms of its start."),
            _ => (executor.Lease?.EndCode ?? ErrorCode.LeaseEnded, executor.Lease?.Why ?? string.Empty),
        };
        if (executor.Stage is ExecutorStage.Starting or ExecutorStage.Ending)
        {
            Kill(executor, code, why, effects);
        }
    }

    private static void Kill(ExecutorRecord executor, ErrorCode code, string why, List<AgentEffect> effects)
    {
        // A bound lease whose process was never assigned keeps it as "starting": its end may be followed by a second try.
        executor.Stage = executor.Stage == ExecutorStage.Starting ? ExecutorStage.Starting : ExecutorStage.Killed;
        executor.DueAtMs = long.MaxValue;
        effects.Add(new AgentEffect.KillExecutor(executor.Number, code, why));
    }

    private void KillUnleased(string why, List<AgentEffect> effects)
    {
        foreach (ExecutorRecord executor in _executors.Values)
        {
            if (executor.Lease is null && executor.Stage != ExecutorStage.Killed)
            {
                executor.Stage = ExecutorStage.Pooled;
                Kill(executor, ErrorCode.LeaseRevoked, why, effects);
            }
        }
    }

    /// <summary>While every core is leased nobody needs the next executor, and its start would take time from who has leased them.</summary>
    private long RefillDueMs => _freeCores.Count == 0 ? Math.Max(_refillAtMs, _fullNodeRefillAtMs) : _refillAtMs;

    private void Refill(long nowMs, List<AgentEffect> effects)
    {
        if (!IsPoolFull() && RefillDueMs <= nowMs)
        {
            _ = StartExecutor(nowMs, effects);
            _refillAtMs = nowMs + _options.RefillDelayMs; // one after the other
        }
    }

    private bool IsPoolFull() => IsDraining || _options.PoolSize <= _executors.Values.Count(
        executor => executor.Lease is null && executor.Stage is ExecutorStage.Starting or ExecutorStage.Pooled);

    private ExecutorRecord ExecutorOf(LeaseRecord lease) =>
        _executors.Values.First(executor => ReferenceEquals(executor.Lease, lease));

    private static bool WasAssigned(ExecutorRecord executor) => executor.Stage >= ExecutorStage.Serving;
}
