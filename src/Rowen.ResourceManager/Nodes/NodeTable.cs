using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Leases;

namespace Rowen.ResourceManager.Nodes;

/// <summary>Every node that is there, and the last ones that were. Part of what the lease table decides with.</summary>
internal sealed class NodeTable(NodeOptions options)
{
    private readonly Dictionary<NodeId, Node> _nodes = [];
    private readonly Dictionary<string, Node> _byInstance = new(StringComparer.Ordinal);
    private readonly Queue<Node> _absent = [];
    private long _lastStream;

    public IReadOnlyCollection<Node> All => _nodes.Values;

    /// <summary>The highest number given so far.</summary>
    public uint LastId { get; private set; }

    public Node? FindOrNone(NodeId id) => _nodes.GetValueOrDefault(id);

    public bool IsFull => _nodes.Values.Count(node => node.IsKnownToExist) >= options.MaxCount;

    public bool Knows(string instance) => _byInstance.ContainsKey(instance);

    public void RestoreLastId(uint lastId) => LastId = Math.Max(LastId, lastId);

    public void Restore(NodeRecord record, long nowMs)
    {
        RestoreLastId(record.Id.Value);
        Node node = Add(record.Id, record.Instance);
        node.Offer(record);
        node.HeardAtMs = nowMs;
        if (record.HasLeft)
        {
            node.Presence = NodePresence.Gone;
            _absent.Enqueue(node);
        }
    }

    /// <summary>Takes what an agent offers; the same agent gets the same number again.</summary>
    public Node Join(NodeJoin join, long nowMs, ICollection<LeaseEffect> effects)
    {
        Node node = _byInstance.GetValueOrDefault(join.Instance) ?? Add(new NodeId(++LastId), join.Instance);
        NodeRecord before = node.ToRecord();
        NodeRecord offer = before with
        {
            Name = join.Name,
            FolderId = join.FolderId,
            LogFolder = join.LogFolder,
            RowenVersion = join.RowenVersion,
            Fabrics = join.Fabrics,
            Cores = join.Cores,
            MemoryBytes = join.MemoryBytes,
            BatchJob = join.BatchJob,
            JobBound = join.JobBound,
            HasLeft = false,
        };
        if (offer != before)
        {
            node.Offer(offer);
            effects.Add(new LeaseEffect.SaveNode(offer));
        }

        if (node.Presence != NodePresence.Present)
        {
            node.Presence = NodePresence.Present;
            effects.Add(new LeaseEffect.NodeChanged(node.Id, node.Name, "up"));
        }

        node.IsDraining = false;
        node.OrderStream = 0;
        node.Hear(join.AgentClockMs, nowMs);
        node.EndsAt(join.EndsAtAgentMs);
        return node;
    }

    public long OpenStream(Node node) => node.OrderStream = ++_lastStream;

    /// <summary>A node is lost or gone: it stays in sight for a while.</summary>
    public void Leave(Node node, NodePresence presence, ICollection<LeaseEffect> effects)
    {
        node.Presence = presence;
        node.OrderStream = 0;
        node.Strays.Clear();
        effects.Add(new LeaseEffect.NodeChanged(node.Id, node.Name, presence == NodePresence.Gone ? "gone" : "lost"));
        if (presence == NodePresence.Gone)
        {
            effects.Add(new LeaseEffect.SaveNode(node.ToRecord()));
        }

        _absent.Enqueue(node);
        for (int excess = _absent.Count - options.MaxAbsentCount; excess > 0; excess--)
        {
            ForgetIfStillAbsent(_absent.Dequeue(), effects);
        }
    }

    private void ForgetIfStillAbsent(Node node, ICollection<LeaseEffect> effects)
    {
        if (node.IsKnownToExist || !_nodes.ContainsKey(node.Id))
        {
            return; // It came back, or was absent twice.
        }

        if (node.Holders.Count > 0)
        {
            _absent.Enqueue(node); // Its ended leases point to it until their time is over.
            return;
        }

        _nodes.Remove(node.Id);
        _byInstance.Remove(node.Instance);
        effects.Add(new LeaseEffect.ForgetNode(node.Id));
    }

    private Node Add(NodeId id, string instance)
    {
        var node = new Node(id, instance);
        _nodes.Add(id, node);
        _byInstance.Add(instance, node);
        return node;
    }
}
