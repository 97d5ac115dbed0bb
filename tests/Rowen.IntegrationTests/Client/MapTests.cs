using Rowen.Functions;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Client;

public sealed class MapTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static readonly MapOptions WithCode = new() { Code = TestPackage.Code };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Results_come_in_the_order_of_the_items_and_the_leases_are_given_back()
    {
        Pair[] items = [.. Enumerable.Range(0, 2_000).Select(i => new Pair(i, 2 * i))];
        var reports = new List<MapProgress>();
        MapOptions options = WithCode with { Progress = new Collector<MapProgress>(reports) };

        int[] sums = await cluster.Client.MapAsync(items, WellBehaved.AddPair, options, Bound);

        Assert.Equal(items.Select(pair => pair.Left + pair.Right), sums);
        MapProgress last = reports[^1];
        Assert.Equal((2_000, 2_000, 0, 0, 0), (last.Done, last.Total, last.Running, last.Failed, last.Retries.Total));
        Assert.DoesNotContain(await cluster.Client.LeasesAsync(Bound), lease => lease.State is LeaseState.Active or LeaseState.Starting);
    }

    [Fact(Timeout = 120_000)]
    public async Task Hundred_thousand_short_items_run_on_hot_lanes()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { HotWindow = TimeSpan.FromSeconds(1) });
        int[] items = [.. Enumerable.Range(0, 100_000)];

        int[] results = await lease.MapAsync(items, lease.Function<int, int>(WellBehaved.Named), cancellationToken: Bound);

        Assert.Equal(items.Select(item => -item), results);
    }

    [Fact(Timeout = 120_000)]
    public async Task Results_come_as_they_are_completed_and_lanes_share_the_work()
    {
        await using Lease first = await cluster.LeaseAsync();
        int[] items = [150, .. Enumerable.Repeat(1, 40)];

        var indexes = new List<long>();
        await foreach (MapResult<int> result in first.MapAsCompletedAsync(items, IllBehaved.Sleep, cancellationToken: Bound))
        {
            Assert.Equal(items[result.Index], result.Value);
            Assert.True(result.Duration >= TimeSpan.FromMilliseconds(items[result.Index]));
            indexes.Add(result.Index);
        }

        Assert.Equal(Enumerable.Range(0, 41).Select(i => (long)i), indexes.Order());
    }

    [Fact(Timeout = 120_000)]
    public async Task Empty_input_gives_an_empty_result() =>
        Assert.Empty(await cluster.Client.MapAsync(Array.Empty<int>(), WellBehaved.Named, WithCode, Bound));

    [Fact(Timeout = 120_000)]
    public async Task First_error_ends_the_map_and_names_its_item()
    {
        await using Lease lease = await cluster.LeaseAsync();

        MapException error = await Assert.ThrowsAsync<MapException>(() => lease.MapAsync([41, 42], IllBehaved.Throw, cancellationToken: Bound));

        Assert.Equal(ErrorCode.FunctionFailed, error.Code);
        InvocationException cause = Assert.IsType<InvocationException>(error.InnerException);
        Assert.Equal($"no result for {41 + error.ItemIndex}", cause.RemoteMessage);
        Assert.Contains("IllBehaved.Throw", cause.RemoteStackTrace, StringComparison.Ordinal);
        Assert.Equal(-1, (await lease.MapAsync([1], WellBehaved.Named, cancellationToken: Bound))[0]); // the lease is as good as before
    }

    [Fact(Timeout = 120_000)]
    public async Task Errors_are_collected_where_that_is_asked_for()
    {
        await using Lease lease = await cluster.LeaseAsync();
        MapOptions collect = new() { Errors = MapErrors.Collect };

        MapException error = await Assert.ThrowsAsync<MapException>(() => lease.MapAsync([1, 2, 3], IllBehaved.Throw, collect, Bound));
        var told = new List<string?>();
        await foreach (MapResult<int> result in lease.MapAsCompletedAsync([1, 2, 3], IllBehaved.Throw, collect, Bound))
        {
            told.Add((result.Error as InvocationException)?.RemoteMessage);
        }

        Assert.Equal([0, 1, 2], error.Failures.Select(failure => failure.Index).Order());
        Assert.Equal(["no result for 1", "no result for 2", "no result for 3"], told.Order());
    }

    [Fact(Timeout = 120_000)]
    public async Task Endless_input_is_pulled_as_results_are_read()
    {
        await using Lease lease = await cluster.LeaseAsync();
        int pulled = 0;
        int read = 0;

        await foreach (MapResult<int> _ in lease.MapAsCompletedAsync(Endless(() => pulled++), WellBehaved.Named, cancellationToken: Bound))
        {
            if (++read == 1_000)
            {
                break;
            }
        }

        Assert.InRange(pulled, 1_000, 1_000_000); // the feeder's bound, 64 batches of results, and what is on its way
    }

    [Fact(Timeout = 120_000)]
    public async Task Endless_input_is_let_go_when_its_map_is_broken_off()
    {
        await using Lease lease = await cluster.LeaseAsync();
        bool isLetGo = false;
        int pulled = 0;
        using var cancellation = new CancellationTokenSource();
        Task<int[]> map = lease.MapAsync(Pauses(), IllBehaved.Sleep, cancellationToken: cancellation.Token);
        await Until.TrueAsync(() => Volatile.Read(ref pulled) > 100, TimeSpan.FromSeconds(30), "the input is pulled");

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);

        await Until.TrueAsync(() => Volatile.Read(ref isLetGo), TimeSpan.FromSeconds(30), "the input was let go");

        IEnumerable<int> Pauses()
        {
            try
            {
                while (true)
                {
                    Interlocked.Increment(ref pulled);
                    yield return 10;
                }
            }
            finally
            {
                Volatile.Write(ref isLetGo, true);
            }
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Failing_input_ends_the_map_with_its_own_exception()
    {
        await using Lease lease = await cluster.LeaseAsync();

        await Assert.ThrowsAsync<DivideByZeroException>(
            () => lease.MapAsync(Enumerable.Range(0, 10).Select(i => 10 / (5 - i)), WellBehaved.Named, cancellationToken: Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_map_returns_at_once_and_starts_nothing_new()
    {
        await using Lease lease = await cluster.LeaseAsync();
        int before = await lease.Function<Nothing, int>("Count").InvokeAsync(default, cancellationToken: Bound);
        using var cancellation = new CancellationTokenSource();
        Task<int[]> map = lease.MapAsync(Enumerable.Repeat(300, 1_000).ToArray(), IllBehaved.Sleep, cancellationToken: cancellation.Token); // five minutes
        await Task.Delay(100, Bound);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);

        int after = await lease.Function<Nothing, int>("Count").InvokeAsync(default, cancellationToken: Bound);
        Assert.Equal(before + 1, after); // and it came, not behind hundreds of others
    }

    [Fact(Timeout = 120_000)]
    public async Task Map_survives_the_revocation_of_its_leases()
    {
        await using TestCluster own = await TestCluster.StartAsync();
        await using RowenClient client = await own.ConnectAsync();
        using var administrator = new ManagerClient(ClusterFiles.Read(own.ClusterFile));
        int[] items = [.. Enumerable.Repeat(10, 300)];
        MapProgress? last = null;
        MapOptions options = WithCode with { Progress = new Collector<MapProgress>(each => last = each) };

        Task<int[]> map = client.MapAsync(items, IllBehaved.Sleep, options, Bound);
        await Until.TrueAsync(() => last is { Done: > 20 }, TimeSpan.FromSeconds(30), "the map had begun");
        LeaseView[] leases = await administrator.GetLeasesAsync(Bound);
        foreach (LeaseView lease in leases.Where(lease => lease.State == LeaseState.Active))
        {
            await administrator.RevokeAsync(lease.Id, new RevokeAsk(2_000, "The test wants its node back."), Bound);
        }

        Assert.Equal(items, await map);
        Assert.Equal((300, 0), (last!.Done, last.Failed));
    }

    [Fact(Timeout = 120_000)]
    public async Task Map_over_a_given_lease_ends_with_the_reason_when_its_executor_has_died()
    {
        await using Lease lease = await cluster.LeaseAsync();

        RowenException error = await Assert.ThrowsAnyAsync<RowenException>(() => lease.MapAsync([3], IllBehaved.Exit, cancellationToken: Bound));

        Assert.Equal(ErrorCode.FunctionExitedProcess, error.Code);
        Assert.Contains($"rowen logs {lease.Id}", error.Message, StringComparison.Ordinal);
        Assert.Contains("it has no lease any more", error.Message, StringComparison.Ordinal);
        RowenException stranded = await Assert.ThrowsAnyAsync<RowenException>(() => lease.MapAsync([1], WellBehaved.Named, cancellationToken: Bound));
        Assert.Contains("it has no lease any more", stranded.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Endless(Action pulled)
    {
        while (true)
        {
            pulled();
            yield return 1;
        }
    }

    private sealed class Collector<T>(Action<T> take) : IProgress<T>
    {
        public Collector(List<T> all)
            : this(all.Add)
        {
        }

        public void Report(T value) => take(value);
    }
}
