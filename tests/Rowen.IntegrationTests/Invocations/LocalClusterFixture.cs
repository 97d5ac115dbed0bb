using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Invocations;

/// <summary>One private cluster for all tests of a class.</summary>
public sealed class LocalClusterFixture : IAsyncLifetime
{
    public RowenClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Client = await RowenClient.StartLocalAsync();

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    public Task<Lease> LeaseAsync(LeaseRequest? request = null) => Client.LeaseAsync(
        (request ?? new LeaseRequest { HotWindow = TimeSpan.FromMilliseconds(1) }) with { Code = TestPackage.Code },
        TestContext.Current.CancellationToken);
}
