using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Journal;

/// <summary>What a manager finds when it starts.</summary>
/// <param name="Epoch">Its own epoch: one more than the last manager's, durable already.</param>
/// <param name="LastLeaseId">The highest lease number ever given.</param>
/// <param name="LastNodeId">The highest node number ever given.</param>
/// <param name="Nodes">Nodes, by number.</param>
/// <param name="Leases">Leases, by number.</param>
internal sealed record JournalState(
    uint Epoch,
    ulong LastLeaseId,
    uint LastNodeId,
    IReadOnlyList<NodeRecord> Nodes,
    IReadOnlyList<LeaseRecord> Leases);
