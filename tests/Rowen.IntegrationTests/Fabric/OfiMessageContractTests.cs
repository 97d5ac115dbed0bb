using Rowen.Fabric;
using Rowen.Fabric.Libfabric;
using Rowen.UnitTests.Fabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>The same where the network's writes carry no notification, as on Slingshot.</summary>
public sealed class OfiMessageContractTests : RealFabricContractTests
{
    protected override FabricProvider Provider { get; } = new OfiProvider(
        new OfiOptions { LibfabricProvider = TestedProvider.Name, Strategy = OfiStrategy.Message });

    [Fact]
    public void Probe_finds_that_messages_notify()
    {
        using FabricPair pair = Open();

        Assert.Equal($"ofi ({TestedProvider.Name}, notifications are messages)", pair.NearEnd.ToString());
        Assert.Equal($"ofi ({TestedProvider.Name}, notifications are messages)", pair.FarEnd.ToString());
    }
}
