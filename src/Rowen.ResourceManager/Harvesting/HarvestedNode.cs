using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>A node whose agent runs in a batch job.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="BatchJob">The job.</param>
/// <param name="Shape">What it offers.</param>
/// <param name="LeaseCount">Leases that hold something of it.</param>
/// <param name="TakesLeases">Whether it takes more.</param>
internal sealed record HarvestedNode(NodeId Id, string Name, string BatchJob, NodeShape Shape, int LeaseCount, bool TakesLeases)
{
    /// <summary>Whether it has joined and listens for no orders yet: it will have room in a moment.</summary>
    public bool IsJoining { get; init; }
}
