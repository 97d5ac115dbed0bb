using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>What a node offers.</summary>
/// <param name="Cores">Its cores.</param>
/// <param name="MemoryBytes">Its memory.</param>
internal readonly record struct NodeShape(int Cores, long MemoryBytes)
{
    /// <summary>Whether a lease fits, were the node empty.</summary>
    public bool Holds(LeaseAsk ask) => Cores >= LeasePlacement.MinCores(ask) && MemoryBytes >= ask.MemoryBytes;
}
