using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.IntegrationTests.ResourceManager;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Calls, futures, results in order, reductions.</summary>
public sealed class MapFormTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static readonly MapOptions WithCode = new() { Code = TestPackage.Code };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Streamed_results_come_in_order_where_that_is_asked_for()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        int[] items = [60, .. Enumerable.Repeat(1, 30), 40, .. Enumerable.Repeat(0, 10_000)];

        var indexes = new List<long>();
        await foreach (MapResult<int> result in lease.MapAsCompletedAsync(items, IllBehaved.Sleep, new MapOptions { InOrder = true }, Bound))
        {
            Assert.Equal(items[result.Index], result.Value);
            indexes.Add(result.Index);
        }

        Assert.Equal(Enumerable.Range(0, items.Length).Select(i => (long)i), indexes);
    }

    [Fact(Timeout = 120_000)]
    public async Task One_call_takes_its_own_lease_and_throws_the_function_s_own_error()
    {
        Assert.Equal(84, await cluster.Client.CallAsync(Moody.Twice, 42, WithCode, Bound));

        InvocationException error = await Assert.ThrowsAsync<InvocationException>(() => cluster.Client.CallAsync(IllBehaved.Throw, 7, WithCode, Bound));
        Assert.Equal("no result for 7", error.RemoteMessage);
        Assert.NotNull(error.Lease);
        Assert.Null(error.Item);
    }

    [Fact(Timeout = 120_000)]
    public async Task Futures_are_awaited_as_a_whole_in_part_and_item_by_item()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        using var folder = new TemporaryFolder();
        string gate = Path.Combine(folder.Path, "gate");
        await using MapFuture<int> future = ((Lease[])[lease]).StartMap([gate, "", "", "", "", ""], Witnesses.WaitForFile, cancellationToken: Bound);

        MapResult<int> any = await future.WaitAnyAsync(Bound);
        await future.WaitAsync(0.5, Bound);
        await File.WriteAllTextAsync(gate, string.Empty, Bound);
        MapResult<int> first = await future.ItemAsync(0, Bound);
        int[] all = await future;

        Assert.NotEqual(0, any.Index);
        Assert.Equal(4, first.Value);
        Assert.Equal([4, 0, 0, 0, 0, 0], all);
        Assert.Equal((6L, 6L, true), (future.Total!.Value, future.DoneCount, future.IsCompleted));
        await Assert.ThrowsAnyAsync<Rowen.Protocol.Errors.RowenException>(() => future.ItemAsync(6, Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Second_step_begins_with_the_first_results_and_failures_go_through_it()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        await using MapFuture<int> first = ((Lease[])[lease]).StartMap(Enumerable.Range(0, 500).ToArray(), Moody.FailInTwoWays, cancellationToken: Bound);
        await using MapFuture<int> second = first.Then(Moody.Twice);

        MapException error = await Assert.ThrowsAsync<MapException>(() => second.ResultsAsync(Bound));

        Assert.Equal(100, error.Groups.Sum(group => group.Count));
        Assert.Equal(8, (await second.ItemAsync(4, Bound)).Value);
        Assert.Equal("item 13 is odd", ((InvocationException)(await second.ItemAsync(13, Bound)).Error!).RemoteMessage);
        Assert.Equal(500, second.DoneCount);
        Assert.All(error.Failures, failure => Assert.Equal(failure.Index, ((InvocationException)failure.Error).Item));
        Assert.EndsWith($"--- item 13, node {lease.NodeName}, rowen logs {lease.Id} ({lease.View.LogFolder}) ---", (await first.ItemAsync(13, Bound)).Error!.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Second_step_does_not_wait_for_the_whole_first()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        await using MapFuture<int> first = ((Lease[])[lease]).StartMap(Enumerable.Repeat(20, 1_000).ToArray(), IllBehaved.Sleep, cancellationToken: Bound);
        await using MapFuture<int> second = first.Then(Moody.Twice);

        Assert.Equal(40, (await second.ItemAsync(0, Bound)).Value);
        Assert.False(first.IsCompleted); // it takes ten seconds
    }

    [Fact(Timeout = 120_000)]
    public async Task Reductions_run_on_executors_with_one_reducer_or_one_for_each_key()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        Lease[] leases = [lease];
        int[] items = [.. Enumerable.Range(0, 1_000)];

        int sum = await leases.MapReduceAsync(items, Moody.Twice, Moody.Sum, cancellationToken: Bound);
        int nothing = await leases.MapReduceAsync(Array.Empty<int>(), Moody.Twice, Moody.Sum, cancellationToken: Bound);
        Dictionary<string, int> digits = await leases.MapReduceAsync(items, Moody.Digits, Moody.Sum, cancellationToken: Bound);

        Assert.Equal(999_000, sum);
        Assert.Equal(0, nothing);
        Assert.Equal(
            string.Concat(items).GroupBy(digit => digit.ToString()).Select(group => (group.Key, group.Count())).Order(),
            digits.Select(pair => (pair.Key, pair.Value)).Order());
    }
}
