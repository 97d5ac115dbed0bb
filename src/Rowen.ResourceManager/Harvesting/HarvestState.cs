namespace Rowen.ResourceManager.Harvesting;

/// <summary>What harvesting lets the lease table know.</summary>
/// <param name="Largest">The largest node that may come; null: none will.</param>
/// <param name="MaxNodes">How many such nodes there may be in all.</param>
/// <param name="Note">Why no more nodes are there yet, as the second half of a sentence; empty: nothing is harvested.</param>
internal sealed record HarvestState(NodeShape? Largest, int MaxNodes, string Note)
{
    /// <summary>Nothing is harvested.</summary>
    public static HarvestState None { get; } = new(null, 0, string.Empty);
}
