using Rowen.Fabric;
using Rowen.Fabric.Libfabric;
using Rowen.UnitTests.Fabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>The same where the network's writes carry no notification, as on Slingshot.</summary>
public sealed class OfiMessageContractTests : RealFabricContractTests
{
    protected override FabricProvider Provider { get; } = new OfiProvider(
        new OfiOptions { LibfabricProvider = "tcp;ofi_rxm", Strategy = OfiStrategy.Message });

    [Fact]
    public void Probe_finds_that_messages_notify()
    {
        using FabricPair pair = Open();

        Assert.Equal("ofi (tcp;ofi_rxm, notifications are messages)", pair.NearEnd.ToString());
        Assert.Equal("ofi (tcp;ofi_rxm, notifications are messages)", pair.FarEnd.ToString());
    }
}
