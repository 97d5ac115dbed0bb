using Rowen.IntegrationTests.Invocations;
using Rowen.ObjectStorage;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>The contract over memory of the cluster.</summary>
public sealed class MemoryStoreTests(LocalClusterFixture cluster) : ObjectStoreContractTests, IClassFixture<LocalClusterFixture>
{
    private RemoteMemory? _memory;

    public override async ValueTask DisposeAsync()
    {
        await _memory!.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async Task<IObjectStore> OpenAsync()
    {
        _memory = await cluster.Client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 160 << 20 }, Bound);
        return new MemoryObjectStore(_memory);
    }
}
