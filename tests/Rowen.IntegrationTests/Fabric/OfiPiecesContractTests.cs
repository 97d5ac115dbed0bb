using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>The same where one operation of the network moves less than was asked for.</summary>
public sealed class OfiPiecesContractTests : RealFabricContractTests
{
    protected override FabricProvider Provider { get; } = new OfiProvider(
        new OfiOptions { LibfabricProvider = TestedProvider.Name, MaxOperationBytes = 5000 });
}
