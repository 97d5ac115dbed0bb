namespace Rowen.NodeAgent.Capacity;

/// <summary>What a node has on offer.</summary>
/// <param name="Cores">Processor numbers, ascending.</param>
/// <param name="MemoryBytes">Memory for executors, in bytes.</param>
internal sealed record NodeCapacity(IReadOnlyList<int> Cores, long MemoryBytes);
