using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>The same over another provider of libfabric, whose reliable datagrams are its own: what <c>tcp</c> is from 1.18 on.</summary>
public sealed class OfiNetContractTests : RealFabricContractTests
{
    protected override FabricProvider Provider { get; } = new OfiProvider(new OfiOptions { LibfabricProvider = "net" });
}
