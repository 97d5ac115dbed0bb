using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>What becomes of a map whose items misbehave.</summary>
public sealed class MapFaultTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static readonly MapOptions WithCode = new() { Code = TestPackage.Code };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Item_that_kills_executors_fails_and_all_others_have_results()
    {
        MapProgress? last = null;
        MapOptions options = WithCode with { Errors = MapErrors.Collect, Progress = new Listener<MapProgress>(each => last = each) };
        int[] items = [.. Enumerable.Range(0, 2_000)];

        MapException error = await Assert.ThrowsAsync<MapException>(() => cluster.Client.MapAsync(items, Moody.KillAtThirteen, options, Bound));

        MapFailure failure = Assert.Single(error.Failures);
        Assert.Equal((13, ErrorCode.FunctionExitedProcess), (failure.Index, failure.Error.Code));
        Assert.Contains("3 executors have died of it", failure.Error.Message, StringComparison.Ordinal);
        Assert.Contains("rowen logs L", failure.Error.Message, StringComparison.Ordinal);
        Assert.Equal((1_999, 1), (last!.Done, last.Failed));
        Assert.True(last.Retries.ExecutorDeaths >= 3, $"{last}");
    }

    [Fact(Timeout = 120_000)]
    public async Task Lambda_that_kills_the_executors_that_take_it_ends_its_map()
    {
        Dictionary<Poison, int> captured = new() { [new Poison(Environment.ProcessId)] = 1 };

        RowenException error = await Assert.ThrowsAsync<RowenException>(
            () => cluster.Client.MapAsync(Enumerable.Range(0, 10).ToArray(), item => item + captured.Count, cancellationToken: Bound));

        Assert.Contains("executors in a row died before they had an item", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Exceptions_are_retried_only_when_asked_for()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 1 });
        int[] items = [.. Enumerable.Range(0, 1_000)];

        int[] results = await lease.MapAsync(items, Moody.FailFirst, new MapOptions { MaxExceptionRetries = 10 }, Bound);
        MapException error = await Assert.ThrowsAsync<MapException>(
            () => lease.MapAsync(items, Moody.FailFirst, new MapOptions { Errors = MapErrors.Collect }, Bound));

        Assert.Equal(items, results);
        Assert.All(error.Failures, failure => Assert.Equal(0, failure.Index % 100));
    }

    [Fact(Timeout = 120_000)]
    public async Task Failures_are_grouped_by_cause_and_say_where_to_read_on()
    {
        await using Lease lease = await cluster.LeaseAsync();

        MapException error = await Assert.ThrowsAsync<MapException>(() => lease.MapAsync(
            Enumerable.Range(0, 1_000).ToArray(), Moody.FailInTwoWays, new MapOptions { Errors = MapErrors.Collect }, Bound));

        Assert.Equal(
            [
                ("System.InvalidOperationException", "item # is odd", 100L),
                ("System.ArgumentException", "no '…' here", 100L),
            ],
            error.Groups.OrderByDescending(group => group.TypeName).Select(group => (group.TypeName, group.Message, group.Count)));
        Assert.All(error.Groups, group => Assert.Equal((lease.Id, lease.NodeName), (group.Lease!.Value, group.NodeName)));
        InvocationException first = Assert.IsType<InvocationException>(error.Failures[0].Error);
        Assert.Contains("Moody.FailInTwoWays", first.RemoteStackTrace, StringComparison.Ordinal);
        Assert.Contains($"100 × System.ArgumentException: no '…' here", error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Nulls_and_single_items_and_results_of_all_sizes_travel_in_batches()
    {
        await using Lease lease = await cluster.LeaseAsync();
        string?[] texts = [.. Enumerable.Range(0, 3_000).Select(i => i % 3 == 0 ? null : new string('x', i % 7 == 0 ? 2_000 : i % 50))];
        int[] lengths = [.. Enumerable.Range(0, 600).Select(i => i % 97 == 0 ? 300_000 : i % 200)];

        string?[] same = await lease.MapAsync(texts, Moody.Same, cancellationToken: Bound);
        Assert.Equal(string.Join('|', texts.Select(text => text ?? "null")), string.Join('|', same.Select(text => text ?? "null")));
        Assert.Null(Assert.Single(await lease.MapAsync(new string?[] { null }, Moody.Same, cancellationToken: Bound)));
        Assert.Equal(lengths, (await lease.MapAsync(lengths, WellBehaved.Fill, cancellationToken: Bound)).Select(bytes => bytes.Length));
    }

    [Fact(Timeout = 120_000)]
    public async Task Batches_go_over_tcp_and_libfabric_too()
    {
        foreach (string provider in (string[])["tcp", "ofi"])
        {
            await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Provider = provider });
            int[] items = [.. Enumerable.Range(0, 20_000)];

            Assert.Equal(items.Select(item => -item), await lease.MapAsync(items, WellBehaved.Named, cancellationToken: Bound));
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Item_over_its_deadline_fails_alone()
    {
        int[] items = [.. Enumerable.Repeat(1, 200), 30_000, .. Enumerable.Repeat(1, 200)];
        MapOptions options = WithCode with { Errors = MapErrors.Collect, Deadline = TimeSpan.FromSeconds(5) }; // a short item on a machine under load must not reach it

        MapException error = await Assert.ThrowsAsync<MapException>(() => cluster.Client.MapAsync(items, IllBehaved.Sleep, options, Bound));

        MapFailure failure = Assert.Single(error.Failures);
        Assert.Equal((200, ErrorCode.DeadlineExceeded), (failure.Index, failure.Error.Code));
    }

    [Fact(Timeout = 120_000)]
    public async Task Straggler_is_run_again_on_an_idle_lane_and_the_first_result_counts()
    {
        string folder = Directory.CreateTempSubdirectory("rowen-map-test-").FullName;
        string[] files = [.. Enumerable.Range(0, 10).Select(i => Path.Combine(folder, $"{i}"))];
        foreach (string file in files.Skip(1))
        {
            await File.WriteAllTextAsync(file, string.Empty, Bound); // only the first is slow, and only once
        }

        MapProgress? last = null;
        MapOptions options = WithCode with { StragglerFactor = 3, StopTime = TimeSpan.Zero, Progress = new Listener<MapProgress>(each => last = each) };

        int[] results = await cluster.Client.MapAsync(files, Moody.SleepOnce, options, Bound);

        Directory.Delete(folder, recursive: true);
        Assert.Equal(Enumerable.Repeat(1, 10), results);
        Assert.Equal((10, 1), (last!.Done, last.Copies));
    }

    [Fact(Timeout = 120_000)]
    public async Task Item_out_of_memory_runs_again_on_a_lease_with_more()
    {
        MapProgress? last = null;
        MapOptions options = WithCode with
        {
            Cores = 1,
            Lease = new LeaseRequest { MemoryBytes = 256 << 20 },
            MaxMemoryBytes = 1L << 30,
            Progress = new Listener<MapProgress>(each => last = each),
        };

        int[] results = await cluster.Client.MapAsync([8, 400, 16], Moody.Touch, options, Bound);

        Assert.Equal([8, 400, 16], results);
        Assert.True(last!.Retries.OutOfMemory >= 1, $"{last}");
        MapException error = await Assert.ThrowsAsync<MapException>(() => cluster.Client.MapAsync(
            [400], Moody.Touch, options with { MaxMemoryBytes = 256 << 20 }, Bound));
        Assert.Equal(ErrorCode.OutOfMemory, error.Code);
        Assert.Contains("MapOptions.MaxMemoryBytes", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_map_asks_what_runs_to_stop_before_it_ends_it()
    {
        string folder = Directory.CreateTempSubdirectory("rowen-map-test-").FullName;
        string[] files = [Path.Combine(folder, "begun"), Path.Combine(folder, "asked")];
        using var cancellation = new CancellationTokenSource();
        MapOptions options = WithCode with { StopTime = TimeSpan.FromSeconds(20) };
        Task<int[]> map = cluster.Client.MapAsync(new[] { files }, Moody.WaitForStop, options, cancellation.Token);
        await Until.TrueAsync(() => File.Exists(files[0]), TimeSpan.FromSeconds(30), "the item had begun");

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);

        Assert.True(File.Exists(files[1]));
        Directory.Delete(folder, recursive: true);
    }

    [Fact(Timeout = 120_000)]
    public async Task Map_that_takes_too_long_ends_with_its_time_out()
    {
        MapOptions options = WithCode with { Timeout = TimeSpan.FromMilliseconds(700), StopTime = TimeSpan.Zero };

        RowenException error = await Assert.ThrowsAnyAsync<RowenException>(() => cluster.Client.MapAsync([50_000], IllBehaved.Sleep, options, Bound));

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains("MapOptions.Timeout", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Item_that_does_not_heed_a_cancellation_is_ended_with_its_executor_when_the_stop_time_is_over()
    {
        string begun = Path.Combine(Directory.CreateTempSubdirectory("rowen-map-test-").FullName, "begun");
        using var cancellation = new CancellationTokenSource();
        MapOptions options = new() { StopTime = TimeSpan.FromMilliseconds(300) };
        Task<int[]> map = cluster.Client.MapAsync(
            [begun],
            file =>
            {
                File.WriteAllText($"{file}.new", $"{Environment.ProcessId}");
                File.Move($"{file}.new", file); // whole at once
                Thread.Sleep(Timeout.Infinite);
                return 0;
            },
            options,
            cancellation.Token);
        await Until.TrueAsync(() => File.Exists(begun), TimeSpan.FromSeconds(60), "the item has begun");
        string executor = $"/proc/{await File.ReadAllTextAsync(begun, Bound)}/stat";
        bool wasThere = File.Exists(executor);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);

        await Until.TrueAsync(() => !File.Exists(executor), TimeSpan.FromSeconds(60), "its executor has been ended");
        Assert.True(wasThere);
        Directory.Delete(Path.GetDirectoryName(begun)!, recursive: true);
    }

    [Fact(Timeout = 120_000)]
    public async Task Map_for_which_there_is_no_core_ends_when_it_has_waited_long_enough_and_says_so()
    {
        int cores = (await cluster.Client.NodesAsync(Bound)).Sum(node => node.Cores);
        await using Lease all = await cluster.LeaseAsync(new LeaseRequest { Cores = cores });
        MapOptions options = WithCode with { Lease = new LeaseRequest { MaxWait = TimeSpan.FromSeconds(1) } };

        RowenException error = await Assert.ThrowsAnyAsync<RowenException>(() => cluster.Client.MapAsync([1, 2], Moody.Twice, options, Bound));

        Assert.Equal(ErrorCode.WaitedTooLong, error.Code);
        Assert.Contains("1 core", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Lease_that_has_nothing_left_to_do_goes_back_while_another_still_works()
    {
        string folder = Directory.CreateTempSubdirectory("rowen-map-test-").FullName;
        (string begun, string gate) = (Path.Combine(folder, "begun"), Path.Combine(folder, "gate"));
        int cores = (await cluster.Client.NodesAsync(Bound)).Sum(node => node.Cores);
        await using Lease others = await cluster.LeaseAsync(new LeaseRequest { Cores = cores - 1 });
        MapOptions options = new() { IdleTime = TimeSpan.FromMilliseconds(100), Deadline = TimeSpan.FromMinutes(1) }; // with a deadline none waits behind the long one
        await using MapFuture<int> map = cluster.Client.StartMap(
            Enumerable.Range(0, 30),
            item =>
            {
                File.WriteAllText(begun, string.Empty);
                Thread.Sleep(2); // long enough to go alone
                while (item == 0 && !File.Exists(gate))
                {
                    Thread.Sleep(10);
                }

                return item;
            },
            options,
            Bound);
        await Until.TrueAsync(() => File.Exists(begun), TimeSpan.FromSeconds(60), "the long item runs");

        await others.DisposeAsync(); // room for a second lease, on which the short ones run
        await Until.TrueAsync(() => map.DoneCount == 29, TimeSpan.FromSeconds(60), "the short items are done");
        await Until.TrueAsync(
            async () => (await cluster.Client.LeasesAsync(Bound)).Count(lease => lease.State == LeaseState.Active) == 1, TimeSpan.FromSeconds(60), "the second lease has gone back");
        long doneThen = map.DoneCount;
        await File.WriteAllTextAsync(gate, string.Empty, Bound);

        Assert.Equal(29, doneThen);
        Assert.Equal(Enumerable.Range(0, 30), await map);
        Directory.Delete(folder, recursive: true);
    }

    private sealed class Listener<T>(Action<T> take) : IProgress<T>
    {
        public void Report(T value) => take(value);
    }

    /// <summary>A key whose hash, which a dictionary needs again where it arrives, is fatal anywhere but at home.</summary>
    private sealed record Poison(int Home)
    {
        public override int GetHashCode()
        {
            if (Environment.ProcessId != Home)
            {
                ProcessControl.Kill(Environment.ProcessId, ProcessSignal.Kill);
            }

            return Home;
        }
    }
}
