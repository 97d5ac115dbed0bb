using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent.Leases;

/// <summary>How the latest leases ended: orders repeat, and must get the same answer, not the same lease again.</summary>
internal sealed class EndedLeases(int maxCount)
{
    private readonly Dictionary<LeaseId, NodeEvent> _ends = [];
    private readonly Queue<LeaseId> _order = [];

    public void Add(NodeEvent end)
    {
        if (!_ends.TryAdd(end.Lease, end))
        {
            return;
        }

        _order.Enqueue(end.Lease);
        if (_order.Count > maxCount)
        {
            _ends.Remove(_order.Dequeue());
        }
    }

    public bool TryGet(LeaseId lease, [NotNullWhen(true)] out NodeEvent? end) => _ends.TryGetValue(lease, out end);
}
