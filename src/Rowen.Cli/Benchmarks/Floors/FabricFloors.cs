namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>What one fabric is compared with.</summary>
/// <param name="Hot">Both spin.</param>
/// <param name="Warm">Both sleep.</param>
/// <param name="Stream">Several writes in flight; null if nothing else does that here.</param>
internal sealed record FabricFloors(LaneFloor Hot, LaneFloor Warm, LibfabricFloor? Stream = null);
