using System.Diagnostics;
using Rowen.NodeAgent.Executors;
using Rowen.NodeAgent.Leases;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent;

/// <summary>Which leases run on this node, on which cores, in which executors. Decides and remembers; performs nothing.</summary>
/// <remarks>
/// Orders, news of executors and time come in; effects go out. Time is the agent's monotonic clock in milliseconds.
/// A lease without its manager lives until it expires, and no longer: no orphan ever burdens the node.
/// Thread safety: one owner.
/// </remarks>
internal sealed partial class AgentState
{
    /// <summary>What a drain may take beyond its leases' grace, before the agent leaves all the same.</summary>
    internal const long DrainMarginMs = 3_000;

    /// <summary>What running invocations have at least when the allocation ends by itself: no batch job waits for an end that was known.</summary>
    private const long AllocationEndGraceMs = 2_000;

    private const int MaxStartCount = 2;

    private readonly AgentOptions _options;
    private readonly string _nodeName;
    private readonly List<int> _allCores;
    private readonly List<int> _freeCores;
    private readonly long _memoryBytes;
    private readonly Dictionary<LeaseId, LeaseRecord> _leases = [];
    private readonly Dictionary<ExecutorNumber, ExecutorRecord> _executors = [];
    private readonly EndedLeases _ended;
    private readonly PendingReports _pending = new();
    private int _lastExecutor;
    private int _failedStartCount;
    private long _refillAtMs;
    private long _fullNodeRefillAtMs;
    private long? _lastNeededMs;
    private bool _hasLeft;

    /// <summary>Creates the state of an agent that has just started.</summary>
    /// <param name="options">Numbers.</param>
    /// <param name="nodeName">For messages.</param>
    /// <param name="cores">Processor numbers on offer.</param>
    /// <param name="memoryBytes">Memory on offer.</param>
    public AgentState(AgentOptions options, string nodeName, IReadOnlyList<int> cores, long memoryBytes)
    {
        _options = options;
        _nodeName = nodeName;
        _allCores = [.. cores.Order()];
        _freeCores = [.. _allCores];
        _memoryBytes = memoryBytes;
        _ended = new EndedLeases(options.EndedLeaseCount);
    }

    /// <summary>The number that the manager gave to this node.</summary>
    public NodeId Node { get; private set; }

    /// <summary>The highest manager epoch heard.</summary>
    public uint Epoch { get; private set; }

    /// <summary>No new leases any more.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>When a drain that has not ended by itself is over; <see cref="long.MaxValue"/> while there is none.</summary>
    public long DrainsUntilMs { get; private set; } = long.MaxValue;

    /// <summary>Leases that run, for usage.</summary>
    public IEnumerable<LeaseId> Serving => _leases.Keys;

    /// <summary>Executors that live, leased or not.</summary>
    public int ExecutorCount => _executors.Count;

    /// <summary>What the agent serves, as it tells a manager that does not know it.</summary>
    public IReadOnlyList<ServedLease> DescribeServed() =>
        [.. _leases.Values.Select(lease => new ServedLease(lease.Id, lease.Epoch, lease.Addresses))];

    /// <summary>A manager has taken the agent in.</summary>
    /// <returns>False if an agent that has heard of a later manager must not obey this one.</returns>
    public bool TryWelcome(NodeWelcome welcome)
    {
        if (welcome.Epoch < Epoch)
        {
            return false;
        }

        Epoch = welcome.Epoch;
        Node = welcome.Node;
        return true;
    }

    /// <summary>Obeys an order, unless it comes from a manager that has been replaced.</summary>
    /// <returns>False if it was refused for that reason.</returns>
    public bool TryObey(NodeOrder order, long nowMs, List<AgentEffect> effects)
    {
        if (order.Epoch < Epoch)
        {
            return false;
        }

        Epoch = order.Epoch;
        switch (order.Kind)
        {
            case NodeOrderKind.StartLease:
                StartLease(order, nowMs, effects);
                break;
            case NodeOrderKind.RenewLease:
                RenewLease(order, effects);
                break;
            case NodeOrderKind.EndLease:
                EndLease(order, nowMs, effects);
                break;
            case NodeOrderKind.SendLog:
                effects.Add(new AgentEffect.SendLog(order.Lease, order.Ask, order.Stream ?? "out"));
                break;
            case NodeOrderKind.ServeFabrics:
                effects.Add(new AgentEffect.TryFabrics(order.Ask, null, null));
                break;
            case NodeOrderKind.TryFabrics when order.Peer is not null && order.Secret is not null:
                effects.Add(new AgentEffect.TryFabrics(order.Ask, order.Peer, order.Secret));
                break;
            case NodeOrderKind.Leave:
                Drain(order.GraceMs, order.Why ?? "the cluster is being shut down", nowMs, effects);
                break;
            case NodeOrderKind.Heartbeat:
            default:
                break; // a newer manager's order that we do not know changes nothing here
        }

        CheckInvariants();
        return true;
    }

    /// <summary>Time passes: leases expire, bounds are enforced, the pool is filled.</summary>
    public void Tick(long nowMs, List<AgentEffect> effects)
    {
        foreach (ExecutorRecord executor in _executors.Values)
        {
            if (executor.Lease is { IsEnding: false } lease && lease.EndsAtMs <= nowMs && WasAssigned(executor))
            {
                BeginEnd(executor, lease, new ExecutorEnding(0, ErrorCode.LeaseExpired, ExpiredWhy(lease)), nowMs, effects);
            }
            else if (executor.DueAtMs <= nowMs)
            {
                Overdue(executor, effects);
            }
        }

        ExpireWaiting(nowMs, effects);
        DrainInTime(nowMs, effects);
        Refill(nowMs, effects);
        LeaveIfDone(effects);
        CheckInvariants();
    }

    /// <summary>When <see cref="Tick"/> has something to do next, unless something happens before.</summary>
    public long NextDueMs()
    {
        long due = long.MaxValue;
        foreach (ExecutorRecord executor in _executors.Values)
        {
            due = Math.Min(due, executor.DueAtMs);
            due = executor.Lease is { IsEnding: false } lease ? Math.Min(due, lease.EndsAtMs) : due;
        }

        due = Math.Min(due, IsDraining ? DrainsUntilMs : Math.Min(DrainsAtMs, LeavesAloneAtMs));
        return IsPoolFull() ? due : Math.Min(due, RefillDueMs);
    }

    /// <summary>The manager lives: it has answered.</summary>
    public void HearManager(long nowMs) => _lastNeededMs = nowMs;

    /// <summary>Takes no new leases, and ends those that run.</summary>
    /// <param name="graceMs">How long running invocations may still finish.</param>
    /// <param name="reason">Why, as the second half of a sentence.</param>
    /// <param name="nowMs">Now.</param>
    /// <param name="effects">Receives what to do.</param>
    /// <param name="isUrgent">Whether somebody may wait for the node.</param>
    public void Drain(long graceMs, string reason, long nowMs, List<AgentEffect> effects, bool isUrgent = false)
    {
        IsDraining = true;
        DrainsUntilMs = Math.Min(DrainsUntilMs, nowMs + graceMs + _options.EndMarginMs + DrainMarginMs);
        string why = $"Node {_nodeName} takes its leases back: {reason}.";
        foreach (ExecutorRecord executor in _executors.Values.ToArray())
        {
            if (executor.Lease is { } lease)
            {
                var ending = new ExecutorEnding(graceMs, ErrorCode.LeaseRevoked, $"{lease.Id} was taken back. {why}", isUrgent);
                End(executor, lease, ending, nowMs, effects);
            }
        }

        KillUnleased(why, effects);
        effects.Add(new AgentEffect.ReportNow());
        LeaveIfDone(effects);
        CheckInvariants();
    }

    /// <summary>What the manager is told now.</summary>
    /// <param name="nowMs">The agent's clock.</param>
    /// <param name="usage">Meters of the leases that run.</param>
    /// <param name="mark">Goes to <see cref="ReportAnswered"/> once the manager has answered this report.</param>
    public NodeReport DescribeNews(long nowMs, IEnumerable<LeaseUsage> usage, out long mark)
    {
        mark = _pending.Mark;
        return new NodeReport
        {
            AgentClockMs = nowMs,
            Events = _pending.Events,
            Usage = [.. usage, .. _pending.Usage],
            IsDraining = IsDraining,
        };
    }

    /// <summary>A report has arrived: its events need not be told again.</summary>
    public void ReportAnswered(long mark) => _pending.Forget(mark);

    private long EndGraceMs => Math.Max(_options.DrainGraceMs, AllocationEndGraceMs);

    private long DrainsAtMs => _options.EndsAtMs == long.MaxValue ? long.MaxValue : _options.EndsAtMs - EndGraceMs - _options.EndMarginMs;

    private long LeavesAloneAtMs => _leases.Count > 0 || _options.OrphanBoundMs == long.MaxValue ? long.MaxValue : (_lastNeededMs ?? 0) + _options.OrphanBoundMs;

    /// <summary>Leaves before the batch system ends the allocation, and where nobody needs the node and nobody could say so.</summary>
    private void DrainInTime(long nowMs, List<AgentEffect> effects)
    {
        _lastNeededMs = _leases.Count > 0 ? nowMs : _lastNeededMs ?? nowMs;
        if (!IsDraining && nowMs >= DrainsAtMs)
        {
            Drain(EndGraceMs, "its allocation ends", nowMs, effects);
        }
        else if (!IsDraining && nowMs >= LeavesAloneAtMs)
        {
            Drain(0, "it has neither a lease nor a manager", nowMs, effects);
        }
    }

    private void StartLease(NodeOrder order, long nowMs, List<AgentEffect> effects)
    {
        if (_leases.TryGetValue(order.Lease, out LeaseRecord? known))
        {
            Renew(known, order, effects);
            if (known.Addresses.Count > 0 && !known.IsEnding)
            {
                ReportReady(known, effects);
            }

            return;
        }

        if (_ended.TryGet(order.Lease, out NodeEvent? end))
        {
            Report(end, null, effects);
            return;
        }

        if (FindRefusal(order, nowMs) is { } refusal)
        {
            Remember(order.Lease, refusal.Code, refusal.Message, null, effects);
            return;
        }

        int first = _freeCores.Count - order.Cores; // from the highest down: core 0 stays for the system longest
        var lease = new LeaseRecord(order, _freeCores.GetRange(first, order.Cores));
        _freeCores.RemoveRange(first, order.Cores);
        _leases.Add(lease.Id, lease);
        StartFor(lease, nowMs, effects);
    }

    private ErrorAnswer? FindRefusal(NodeOrder order, long nowMs)
    {
        long freeBytes = _memoryBytes - _leases.Values.Sum(lease => lease.Order.MemoryBytes);
        return IsDraining ? new(ErrorCode.LeaseRevoked, $"{order.Lease} was not begun: node {_nodeName} drains.")
            : order.Cores < (order.LeaseKind == LeaseKind.Memory ? 0 : 1) || order.MemoryBytes < 1 || order.Secret is null || order.Lease == default
                ? new(ErrorCode.BadRequest, $"{order.Lease} was not begun: its order lacks cores, memory or the secret.")
            : order.EndsAtAgentMs <= nowMs
                ? new(ErrorCode.LeaseExpired, $"{order.Lease} was over before its order reached node {_nodeName}.")
            : order.Cores > _freeCores.Count || order.MemoryBytes > freeBytes
                ? new(ErrorCode.CapacityExhausted, $"{order.Lease} was not begun: node {_nodeName} has {_freeCores.Count} "
                    + $"free cores and {freeBytes >> 20} MiB of free memory, not {order.Cores} and {order.MemoryBytes >> 20} MiB.")
            : null;
    }

    private void RenewLease(NodeOrder order, List<AgentEffect> effects)
    {
        if (_leases.TryGetValue(order.Lease, out LeaseRecord? lease))
        {
            Renew(lease, order, effects);
        }
        else
        {
            ReportUnknown(order.Lease, effects);
        }
    }

    private void Renew(LeaseRecord lease, NodeOrder order, List<AgentEffect> effects)
    {
        lease.Epoch = order.Epoch;
        if (lease.IsEnding || order.EndsAtAgentMs <= lease.EndsAtMs)
        {
            return; // what was promised once is not taken back by an order that was long under way
        }

        lease.EndsAtMs = order.EndsAtAgentMs;
        ExecutorRecord executor = ExecutorOf(lease);
        if (executor.Stage == ExecutorStage.Serving)
        {
            effects.Add(new AgentEffect.RenewExecutor(executor.Number, new ExecutorRenewal(ToNs(lease.EndsAtMs))));
        }
    }

    private void EndLease(NodeOrder order, long nowMs, List<AgentEffect> effects)
    {
        if (_leases.TryGetValue(order.Lease, out LeaseRecord? lease))
        {
            lease.Epoch = order.Epoch;
            ErrorCode code = order.Code == ErrorCode.None ? ErrorCode.LeaseEnded : order.Code;
            End(ExecutorOf(lease), lease, new ExecutorEnding(order.GraceMs, code, order.Why ?? $"{lease.Id} was ended."), nowMs, effects);
        }
        else
        {
            ReportUnknown(order.Lease, effects);
        }
    }

    private void End(ExecutorRecord executor, LeaseRecord lease, ExecutorEnding ending, long nowMs, List<AgentEffect> effects)
    {
        if (WasAssigned(executor))
        {
            BeginEnd(executor, lease, ending, nowMs, effects);
            return;
        }

        executor.Lease = null; // it never knew of the lease: the pool may have it
        Finish(lease, ending.Code, ending.Why, null, effects);
        if (IsDraining)
        {
            KillUnleased(ending.Why, effects);
        }
    }

    private void BeginEnd(
        ExecutorRecord executor, LeaseRecord lease, ExecutorEnding ending, long nowMs, List<AgentEffect> effects)
    {
        if (!lease.IsEnding)
        {
            lease.EndCode = ending.Code;
            lease.Why = ending.Why;
        }

        long graceMs = Math.Max(0, Math.Min(ending.GraceMs, lease.EndsAtMs - nowMs)); // grace never outlives the lease
        long killAtMs = nowMs + graceMs + _options.EndMarginMs;
        bool isSooner = executor.Stage != ExecutorStage.Ending || killAtMs < executor.DueAtMs || (ending.IsUrgent && !executor.IsUrged);
        if (executor.Stage != ExecutorStage.Killed && isSooner)
        {
            executor.DueAtMs = executor.Stage == ExecutorStage.Ending ? Math.Min(killAtMs, executor.DueAtMs) : killAtMs;
            executor.Stage = ExecutorStage.Ending;
            executor.IsUrged = ending.IsUrgent;
            effects.Add(new AgentEffect.EndExecutor(executor.Number, ending with { GraceMs = graceMs }));
        }
    }

    private void ExpireWaiting(long nowMs, List<AgentEffect> effects)
    {
        foreach (ExecutorRecord executor in _executors.Values)
        {
            if (executor.Lease is { } lease && !WasAssigned(executor) && lease.EndsAtMs <= nowMs)
            {
                executor.Lease = null;
                Finish(lease, ErrorCode.LeaseExpired, ExpiredWhy(lease), null, effects);
            }
        }
    }

    private void Finish(LeaseRecord lease, ErrorCode code, string why, LeaseUsage? usage, List<AgentEffect> effects)
    {
        _leases.Remove(lease.Id);
        _freeCores.AddRange(lease.Cores);
        _freeCores.Sort();
        Remember(lease.Id, code, why, usage, effects);
    }

    private void Remember(LeaseId lease, ErrorCode code, string why, LeaseUsage? usage, List<AgentEffect> effects)
    {
        var end = new NodeEvent { Lease = lease, HasEnded = true, Code = code, Why = why };
        _ended.Add(end);
        effects.Add(new AgentEffect.LeaseEnded(end));
        Report(end, usage, effects);
    }

    private void ReportReady(LeaseRecord lease, List<AgentEffect> effects) =>
        Report(new NodeEvent { Lease = lease.Id, Addresses = lease.Addresses }, null, effects);

    private void ReportUnknown(LeaseId lease, List<AgentEffect> effects) => Report(
        _ended.TryGet(lease, out NodeEvent? end)
            ? end
            : new NodeEvent
            {
                Lease = lease,
                HasEnded = true,
                Code = ErrorCode.PeerLost,
                Why = $"Node {_nodeName} does not serve {lease}: its agent was started anew.",
            },
        null,
        effects);

    private void Report(NodeEvent happened, LeaseUsage? usage, List<AgentEffect> effects)
    {
        _pending.Add(happened, usage);
        effects.Add(new AgentEffect.ReportNow());
    }

    private void LeaveIfDone(List<AgentEffect> effects)
    {
        if (IsDraining && !_hasLeft && _executors.Count == 0 && _leases.Count == 0)
        {
            _hasLeft = true;
            effects.Add(new AgentEffect.Leave());
        }
    }

    private string ExpiredWhy(LeaseRecord lease) =>
        $"{lease.Id} on node {_nodeName} was not renewed in time; see rowen logs {lease.Id} for what it printed.";

    private static long ToNs(long ms) => ms > long.MaxValue / 1_000_000 ? long.MaxValue : ms * 1_000_000;

    /// <summary>A core is free or in exactly one lease; a lease has exactly one executor; memory is not promised twice.</summary>
    [Conditional("DEBUG")]
    private void CheckInvariants()
    {
        IEnumerable<int> cores = _freeCores.Concat(_leases.Values.SelectMany(lease => lease.Cores)).Order();
        Debug.Assert(cores.SequenceEqual(_allCores), "Every core is free or in exactly one lease.");
        Debug.Assert(
            _leases.Values.All(lease => _executors.Values.Count(executor => executor.Lease == lease) == 1),
            "Every lease has exactly one executor.");
        Debug.Assert(
            _executors.Values.All(executor => executor.Lease is null || _leases.ContainsValue(executor.Lease)),
            "No executor serves a lease that is over.");
        Debug.Assert(
            _leases.Values.Sum(lease => lease.Order.MemoryBytes) <= _memoryBytes, "Memory is not promised twice.");
    }
}
