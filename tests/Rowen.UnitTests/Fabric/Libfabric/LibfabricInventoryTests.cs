using System.Net;
using Rowen.Fabric.Libfabric;

namespace Rowen.UnitTests.Fabric.Libfabric;

public sealed class LibfabricInventoryTests
{
    private readonly LibfabricInventory _inventory = LibfabricInventory.Read(IPAddress.Loopback);

    [Fact]
    public void Libfabrics_TCP_is_used_and_is_no_fast_network()
    {
        LibfabricNetwork tcp = Assert.Single(_inventory.Providers, each => each.Name == "tcp;ofi_rxm");

        Assert.True(tcp.IsUsed);
        Assert.False(tcp.IsHardware);
        Assert.True(tcp.CompletionDataBytes >= 4, $"{tcp.CompletionDataBytes} bytes of completion data");
        Assert.Null(_inventory.Problem);
        Assert.NotNull(_inventory.Version);
    }

    [Fact]
    public void Shared_memory_of_libfabric_is_listed_with_the_reason_why_it_is_not_used()
    {
        LibfabricNetwork shm = Assert.Single(_inventory.Providers, each => each.Name == "shm");

        Assert.False(shm.IsUsed);
        Assert.StartsWith("it cannot sleep", shm.WhyNotUsed, StringComparison.Ordinal);
    }

    [Fact]
    public void Best_is_the_first_that_is_used()
    {
        Assert.Same(_inventory.Providers[0], _inventory.BestOrNone);
        Assert.True(_inventory.BestOrNone!.IsUsed);
    }
}
