using System.Collections.Frozen;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>What harvesting lets the lease table know.</summary>
/// <param name="Largest">The largest node that may come; null: none will.</param>
/// <param name="MaxNodes">How many such nodes there may be in all.</param>
/// <param name="Jobs">The jobs by which they come, of those that are known.</param>
/// <param name="Note">Why no more nodes are there yet, as the second half of a sentence; empty: nothing is harvested.</param>
internal sealed record HarvestState(NodeShape? Largest, int MaxNodes, IReadOnlySet<string> Jobs, string Note)
{
    /// <summary>Nothing is harvested.</summary>
    public static HarvestState None { get; } = new(null, 0, FrozenSet<string>.Empty, string.Empty);
}
