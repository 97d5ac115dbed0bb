using Rowen.Fabric.Libfabric;

namespace Rowen.Cli.Fabrics;

/// <summary>What <c>rowen fabric check</c> has found.</summary>
/// <param name="Host">This machine.</param>
/// <param name="Peer">The other machine; null if both ends were here.</param>
/// <param name="Libfabric">What libfabric has here.</param>
/// <param name="Devices">Network adapters that the kernel shows, which a libfabric provider should be for.</param>
/// <param name="Findings">What was tried, the fastest first as far as it is known beforehand.</param>
/// <param name="Chosen">The fabric that lanes would use; null if none works.</param>
/// <param name="WhyNotFaster">Why faster ones would not be used, one reason each.</param>
internal sealed record FabricVerdict(
    string Host,
    string? Peer,
    LibfabricInventory Libfabric,
    IReadOnlyList<string> Devices,
    IReadOnlyList<FabricFinding> Findings,
    string? Chosen,
    IReadOnlyList<string> WhyNotFaster);
