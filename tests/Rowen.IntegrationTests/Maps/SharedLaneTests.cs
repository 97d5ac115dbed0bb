using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Several maps at once: none keeps all lanes, or all leases, from another.</summary>
/// <remarks>The first map has no end of its own: whoever waits for it to make room waits for ever.</remarks>
public sealed class SharedLaneTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static readonly MapOptions WithCode = new() { Code = TestPackage.Code };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(6)] // more than a lane has slots
    public async Task Maps_on_one_lease_go_on_beside_one_that_never_ends(int mapCount)
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 1 });
        using var ending = new CancellationTokenSource();
        IAsyncEnumerator<MapResult<int>> endless = lease.MapAsCompletedAsync(Endless(), Moody.Twice, cancellationToken: ending.Token).GetAsyncEnumerator(Bound);
        Task reading = ReadAsync(endless, out TaskCompletionSource begun);
        await begun.Task.WaitAsync(Bound);
        int[] items = [.. Enumerable.Range(0, 2_000)];

        int[][] results = await Task.WhenAll(Enumerable.Range(0, mapCount).Select(_ => lease.MapAsync(items, Moody.Twice, cancellationToken: Bound)));
        int direct = await lease.Function<int, int>("Twice").InvokeAsync(21, cancellationToken: Bound);
        bool wasReading = !reading.IsCompleted;

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.True(wasReading);
        Assert.Equal(42, direct);
        Assert.All(results, each => Assert.Equal(items.Select(item => 2 * item), each));
    }

    [Fact(Timeout = 60_000)]
    public async Task Map_of_a_client_gets_a_lease_from_another_that_never_ends()
    {
        using var ending = new CancellationTokenSource();
        MapOptions options = WithCode with { StopTime = TimeSpan.Zero };
        IAsyncEnumerator<MapResult<int>> endless = cluster.Client.MapAsCompletedAsync(Endless(), Moody.Twice, options, ending.Token).GetAsyncEnumerator(Bound);
        Task reading = ReadAsync(endless, out TaskCompletionSource begun);
        await begun.Task.WaitAsync(Bound);
        await Until.TrueAsync(
            async () => (await cluster.Client.NodesAsync(Bound)).Sum(node => node.FreeCores) == 0, TimeSpan.FromSeconds(30), "the endless map has every core");

        int[] items = [1, 2, 3];

        int[] results = await cluster.Client.MapAsync(items, Moody.Twice, WithCode, Bound);
        bool wasReading = !reading.IsCompleted;

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.True(wasReading);
        Assert.Equal([2, 4, 6], results);
    }

    private static Task ReadAsync(IAsyncEnumerator<MapResult<int>> results, out TaskCompletionSource begun)
    {
        TaskCompletionSource first = begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Task.Run(
            async () =>
            {
                await using IAsyncEnumerator<MapResult<int>> all = results;
                while (await all.MoveNextAsync())
                {
                    first.TrySetResult();
                }
            },
            Bound);
    }

    private static IEnumerable<int> Endless()
    {
        for (int i = 0; ; i = (i + 1) & 0xFFFF)
        {
            yield return i;
        }
    }
}
