namespace Rowen.IntegrationTests.Lambdas;

/// <summary>One cluster and one lease without any code for all lambdas.</summary>
public sealed class LambdaFixture : IAsyncLifetime
{
    public RowenClient Client { get; private set; } = null!;

    public Lease Lease { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Client = await RowenClient.StartLocalAsync();
        Lease = await Client.LeaseAsync(new LeaseRequest { HotWindow = TimeSpan.FromMilliseconds(1) });
    }

    public async ValueTask DisposeAsync()
    {
        await Lease.DisposeAsync();
        await Client.DisposeAsync();
    }
}
