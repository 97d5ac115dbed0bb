using Rowen.Fabric;
using Rowen.Fabric.SharedMemory;

namespace Rowen.IntegrationTests.Fabric;

public sealed class SharedMemoryContractTests : RealFabricContractTests
{
    protected override bool CanRevoke => false;

    protected override FabricProvider Provider { get; } = new SharedMemoryProvider();
}
