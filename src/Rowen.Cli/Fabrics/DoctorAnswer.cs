using Rowen.Fabric.Libfabric;
using Rowen.ResourceManager.Harvesting.Slurm.Examination;

namespace Rowen.Cli.Fabrics;

/// <summary>What <c>rowen doctor</c> has found.</summary>
/// <param name="Providers">Rowen's fabric providers, in the order in which lanes prefer them.</param>
/// <param name="Devices">Network adapters that the kernel shows.</param>
/// <param name="Libfabric">What libfabric has.</param>
internal sealed record DoctorAnswer(
    IReadOnlyList<ProviderDiagnosis> Providers, IReadOnlyList<string> Devices, LibfabricInventory Libfabric)
{
    /// <summary>What each node of the cluster reaches of each other; null if nobody asked.</summary>
    public IReadOnlyList<NodePair>? Pairs { get; init; }

    /// <summary>What is in the way of pilots, and of batch jobs beside them; null if nobody asked.</summary>
    public SlurmReport? Slurm { get; init; }

    /// <summary>Judges what was found.</summary>
    public static DoctorAnswer Examine(IReadOnlyList<string> devices, LibfabricInventory inventory) => new(
        [
            new ProviderDiagnosis("shm", IsUsable: true, "caller and executor on one node", null),
            new ProviderDiagnosis("ofi", inventory.BestOrNone is not null, "nodes with a fast network", RemarkOnLibfabric(devices, inventory)),
            new ProviderDiagnosis("tcp", IsUsable: true, "nodes with any network", null),
        ],
        devices,
        inventory);

    private static string? RemarkOnLibfabric(IReadOnlyList<string> devices, LibfabricInventory inventory) =>
        (devices.Count > 0, inventory.HasFastNetwork) switch
        {
            (true, true) => $"used by itself, over {inventory.BestOrNone!.Name}",
            (true, false) => inventory.Problem ?? $"libfabric has no provider for {string.Join(", ", devices)}: it may have been built without it",
            (false, _) => inventory.Problem ?? "no adapter that needs it: used only if asked for by name (--provider ofi)",
        };
}
