using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Placement;

/// <summary>What a node offers.</summary>
/// <param name="Cores">Its cores.</param>
/// <param name="MemoryBytes">Its memory.</param>
internal readonly record struct NodeShape(int Cores, long MemoryBytes)
{
    /// <summary>As many cores and as much memory as the largest of some have, which need not be the same one.</summary>
    public static NodeShape? LargestOrNone(IEnumerable<NodeShape> shapes) => shapes.Aggregate(
        (NodeShape?)null,
        (largest, shape) => largest is not { } other ? shape
            : new NodeShape(Math.Max(other.Cores, shape.Cores), Math.Max(other.MemoryBytes, shape.MemoryBytes)));

    /// <summary>Whether a lease fits, were the node empty.</summary>
    public bool Holds(LeaseAsk ask) => Cores >= LeasePlacement.MinCores(ask) && MemoryBytes >= ask.MemoryBytes;

    /// <summary>The share of the memory that belongs to some of the cores.</summary>
    public long MemoryOf(int cores) => (long)((Int128)MemoryBytes * cores / Cores);
}
