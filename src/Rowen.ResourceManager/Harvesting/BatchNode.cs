using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>A node, as the batch system tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">The batch system's own word for its state.</param>
/// <param name="IsIdle">Whether no job holds any of it, and it is awake.</param>
/// <param name="IsAsleep">Whether it is powered down, or about to be, or waking: no pilot may be the reason that it wakes.</param>
/// <param name="Shape">What it has.</param>
internal sealed record BatchNode(string Name, string State, bool IsIdle, bool IsAsleep, NodeShape Shape);
