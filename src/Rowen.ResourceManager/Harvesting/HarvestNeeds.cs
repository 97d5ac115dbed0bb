using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>What the lease table tells harvesting.</summary>
/// <param name="Waiting">What waits for room, longest first; of several nodes, those that have none for it yet.</param>
/// <param name="Nodes">Nodes whose agents run in batch jobs.</param>
/// <param name="IsLeaving">Whether the cluster is being taken down.</param>
internal sealed record HarvestNeeds(IReadOnlyList<LeaseAsk> Waiting, IReadOnlyList<HarvestedNode> Nodes, bool IsLeaving)
{
    /// <summary>Nodes that have room for what waits for several at once: they are kept until the others have come.</summary>
    public int GatheredCount { get; init; }
}
