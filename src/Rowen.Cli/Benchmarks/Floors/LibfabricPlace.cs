using System.Net;
using Rowen.Fabric.Libfabric;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>Where libfabric's floor runs: over the same provider, at the same address, as Rowen does beside it.</summary>
/// <param name="Provider">libfabric's provider.</param>
/// <param name="Address">The address of this machine to communicate from; - where the network adapter has its own.</param>
internal sealed record LibfabricPlace(string Provider, string Address)
{
    /// <summary>What the provider <c>ofi</c> uses between two processes of this machine.</summary>
    /// <exception cref="IOException">libfabric is absent, or has nothing to offer.</exception>
    public static LibfabricPlace Best()
    {
        var inventory = LibfabricInventory.Read(IPAddress.Loopback);
        return Of(inventory.BestOrNone ?? throw new IOException(inventory.Problem));
    }

    /// <summary>A provider between two processes of this machine.</summary>
    public static LibfabricPlace Of(LibfabricNetwork network) => new(network.Name, network.IsHardware ? "-" : IPAddress.Loopback.ToString());
}
