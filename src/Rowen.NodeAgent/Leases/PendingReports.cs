using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent.Leases;

/// <summary>What the manager has not been told yet, or not answered.</summary>
/// <remarks>Bounded by itself: events come from orders and from leases, and there are no orders without a manager.</remarks>
internal sealed class PendingReports
{
    private readonly List<(long Mark, NodeEvent Event, LeaseUsage? Usage)> _items = [];

    /// <summary>Names everything that is pending now.</summary>
    public long Mark { get; private set; }

    public IReadOnlyList<NodeEvent> Events => [.. _items.Select(item => item.Event)];

    /// <summary>Final meters of leases that have ended.</summary>
    public IReadOnlyList<LeaseUsage> Usage => [.. _items.Select(item => item.Usage).OfType<LeaseUsage>()];

    public void Add(NodeEvent happened, LeaseUsage? usage)
    {
        // An order that repeats asks for an answer, not for the same answer twice in one report.
        bool isSaidAlready = _items.Exists(item => item.Event.Lease == happened.Lease && item.Event.HasEnded == happened.HasEnded);
        if (!isSaidAlready)
        {
            _items.Add((++Mark, happened, usage));
        }
    }

    public void Forget(long mark) => _items.RemoveAll(item => item.Mark <= mark);
}
