using System.Globalization;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Leases;

/// <content>What the table shows.</content>
internal sealed partial class LeaseTable
{
    /// <summary>The last words of a log are worth keeping; a whole log is not.</summary>
    private const int MaxWhyLength = 4_000;

    /// <summary>One lease, as it is now.</summary>
    public LeaseAnswer Find(LeaseId id, long nowMs) =>
        FindOrNone(id) is { } lease ? Answer(lease, nowMs) : LeaseAnswer.Unknown(id);

    /// <summary>How a lease's executor is reached.</summary>
    /// <returns>Neither: it is not ready yet.</returns>
    public (ExecutorView? View, ErrorAnswer? Error) FindExecutor(LeaseId id) => FindOrNone(id) switch
    {
        null => (null, LeaseAnswer.Unknown(id).Error),
        { State: LeaseState.Ended } lease => (null, new ErrorAnswer(lease.EndCode, $"{id} has ended: {lease.Reason}")),
        { Addresses.Count: > 0 } lease => (new ExecutorView(lease.Addresses, lease.Secret), null),
        _ => (null, null),
    };

    /// <summary>The node that has a lease's log: the one that serves it, or the one whose agent took over its folder.</summary>
    public (NodeId Node, ErrorAnswer? Error) FindLogKeeper(LeaseId id)
    {
        if (FindOrNone(id) is not { } lease)
        {
            return (default, LeaseAnswer.Unknown(id).Error);
        }

        return LogKeeperOrNone(lease) is { } keeper
            ? (keeper.Id, null)
            : (default, new ErrorAnswer(
                lease.Node == default ? ErrorCode.BadRequest : ErrorCode.PeerLost,
                lease.Node == default
                    ? $"{id} has no log: no node serves it yet, or ever did."
                    : $"The log of {id} is out of reach: its node {lease.Node} ({lease.NodeName}) is not connected. "
                        + "An agent that starts there on the same state folder can show it."));
    }

    /// <summary>Every lease that is known, by number.</summary>
    public LeaseView[] Leases(long nowMs) => [.. All().Select(lease => ViewOf(lease, nowMs))];

    /// <summary>What every lease that is known has used.</summary>
    public UsageView[] Usage(long nowMs) => [.. All().Select(lease => new UsageView(ViewOf(lease, nowMs), lease.Used))];

    /// <summary>Every node that is known, by number.</summary>
    public NodeView[] Nodes(long nowMs) =>
        [.. _nodes.All.OrderBy(node => node.Id.Value).Select(node => node.ViewAt(nowMs, nodeOptions))];

    /// <summary>Whether a lease has changed since a version, or is not known.</summary>
    public bool HasChanged(LeaseId id, long version) => FindOrNone(id) is not { } lease || lease.Version != version;

    /// <summary>Compares the books of nodes, queue and leases.</summary>
    /// <returns>What does not balance, or null.</returns>
    internal string? FindImbalance()
    {
        foreach (Node node in _nodes.All)
        {
            int heldCores = node.Holders.Values.Sum(lease => lease.Cores);
            long heldBytes = node.Holders.Values.Sum(lease => lease.MemoryBytes);
            if (node.FreeCores + heldCores != node.Cores || node.FreeMemoryBytes + heldBytes != node.MemoryBytes)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{node}: {node.FreeCores} free + {heldCores} held cores are not {node.Cores}, or memory likewise");
            }

            if (node.Holders.Values.FirstOrDefault(lease => lease.Node != node.Id || !_live.ContainsKey(lease.Id.Value)) is { } alien)
            {
                return $"{node} is held by {alien.Id}, which is not its lease";
            }
        }

        if (_live.Values.Where(lease => lease.HoldsCapacity).Sum(lease => lease.Cores) != _held.Of(_held.Users.ToArray()).Cores)
        {
            return "what users hold is not what their leases hold";
        }

        return _live.Values.Select(FindImbalance).FirstOrDefault(fault => fault is not null)
            ?? (_ended.Values.Any(lease => lease.State != LeaseState.Ended || lease.HoldsCapacity)
                ? "a lease among the ended has not ended" : null)
            ?? (_ended.Count > options.MaxEndedCount ? "more ended leases than may be kept" : null)
            ?? (_queue.Zip(_queue.Skip(1)).Any(pair => pair.First.Id.Value >= pair.Second.Id.Value)
                ? "the queue is out of order" : null);
    }

    private string? FindImbalance(Lease lease)
    {
        bool isHolding = NodeOf(lease)?.Holders.ContainsKey(lease.Id) == true;
        return lease switch
        {
            { State: LeaseState.Waiting } when !_queue.Contains(lease) => $"{lease.Id} waits outside the queue",
            { State: not LeaseState.Waiting } when _queue.Contains(lease) => $"{lease.Id} is queued, but {lease.State}",
            _ when isHolding != lease.HoldsCapacity => $"{lease.Id} and {lease.Node} disagree on who holds what",
            { Group: { } group } when FindImbalance(lease, group) is { } fault => fault,
            { IsGranted: true, HoldsCapacity: false } => $"{lease.Id} is granted, but holds nothing",
            { State: LeaseState.Ended, HoldsCapacity: false } => $"{lease.Id} is over, but still among the living",
            _ => null,
        };
    }

    private string? FindImbalance(Lease lease, IReadOnlyList<LeaseId> group)
    {
        List<Lease> parts = [.. group.Select(FindOrNone).OfType<Lease>()];
        return !parts.Contains(lease) || parts.Exists(part => part.Group?.SequenceEqual(group) != true) ? $"the parts of the group of {lease.Id} differ on who belongs to it"
            : parts.Exists(part => part.State == LeaseState.Waiting) ? $"{lease.Id} is granted, and a part of its group waits"
            : parts.DistinctBy(part => part.Node).Count() < parts.Count ? $"two parts of the group of {lease.Id} are on one node"
            : null;
    }

    private Node? LogKeeperOrNone(Lease lease) => NodeOf(lease) switch
    {
        null or { IsConnected: true } => NodeOf(lease),
        { FolderId: var folder } => _nodes.All.FirstOrDefault(other => other.IsConnected && folder.Length > 0 && other.FolderId == folder),
    };

    private IEnumerable<Lease> All() => _live.Values.Concat(_ended.Values).OrderBy(lease => lease.Id.Value);

    private LeaseView ViewOf(Lease lease, long nowMs) => lease.ViewAt(nowMs, ReasonOf(lease, nowMs)) with
    {
        LogFolder = NodeOf(lease) is { LogFolder: { Length: > 0 } logs } ? $"{logs}/{lease.Id}" : null,
    };

    /// <summary>What a lease goes on without, of those that were granted together with it.</summary>
    private string LossOf(Lease lease)
    {
        List<Lease> lost = [.. (lease.Group ?? []).Select(FindOrNone).OfType<Lease>()
            .Where(part => part.State == LeaseState.Ended && part.EndCode != ErrorCode.LeaseReleased)];
        return lost.Count == 0 ? string.Empty : $"without {string.Join(", ", lost.Select(part => part.Id))} of its group: {lost[^1].Reason}";
    }

    private string ReasonOf(Lease lease, long nowMs)
    {
        if (lease.State != LeaseState.Waiting)
        {
            return lease.IsGranted ? string.Join("; ", new[] { lease.Reason, LossOf(lease) }.Where(part => part.Length > 0)) : lease.Reason;
        }

        return StorageFault is null
            ? BindingOf(lease.Ask) is { } binding
                ? $"waits for {WaitingReason.What(lease.Ask)}: {binding.Sentence}"
                : WaitingReason.Of(lease, _queue, _nodes.All, nowMs, nodeOptions, _harvest.Note) + LimitOnPilotsOf(lease.Ask)
            : $"waits for {WaitingReason.What(lease.Ask)}: {StorageFault}";
    }
}
