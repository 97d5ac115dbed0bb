using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Journal;

/// <summary>What the next commit writes: the newest record of each lease and node that changed.</summary>
/// <remarks>While the disk is full it grows no further than the table: nothing new is granted then.</remarks>
internal sealed class JournalBatch
{
    private readonly Dictionary<LeaseId, LeaseRecord?> _leases = [];
    private readonly Dictionary<NodeId, NodeRecord?> _nodes = [];

    /// <summary>The newest record of each lease; none: it is forgotten.</summary>
    public IReadOnlyDictionary<LeaseId, LeaseRecord?> Leases => _leases;

    /// <summary>The newest record of each node; none: it is forgotten.</summary>
    public IReadOnlyDictionary<NodeId, NodeRecord?> Nodes => _nodes;

    public bool IsEmpty => _leases.Count == 0 && _nodes.Count == 0;

    public void Add(LeaseEffect effect)
    {
        switch (effect)
        {
            case LeaseEffect.SaveLease save:
                _leases[save.Lease.Id] = save.Lease;
                break;
            case LeaseEffect.ForgetLease forget:
                _leases[forget.Lease] = null;
                break;
            case LeaseEffect.SaveNode save:
                _nodes[save.Node.Id] = save.Node;
                break;
            case LeaseEffect.ForgetNode forget:
                _nodes[forget.Node] = null;
                break;
            default:
                break;
        }
    }

    public void Clear()
    {
        _leases.Clear();
        _nodes.Clear();
    }
}
