using Rowen.Fabric;
using Rowen.Fabric.Libfabric;
using Rowen.UnitTests.Fabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>What every provider promises, over libfabric's TCP: each side finds by a probe that writes carry their notification.</summary>
public sealed class OfiContractTests : RealFabricContractTests
{
    protected override FabricProvider Provider { get; } = new OfiProvider(new OfiOptions { LibfabricProvider = TestedProvider.Name });

    [Fact]
    public void Probe_finds_that_a_write_carries_its_notification()
    {
        using FabricPair pair = Open();

        Assert.Equal($"ofi ({TestedProvider.Name}, writes carry their notification)", pair.NearEnd.ToString());
        Assert.Equal($"ofi ({TestedProvider.Name}, writes carry their notification)", pair.FarEnd.ToString());
    }
}
