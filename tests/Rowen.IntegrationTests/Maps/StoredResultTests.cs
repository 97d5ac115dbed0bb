using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.IntegrationTests.ObjectStorage;
using Rowen.ObjectStorage;
using Rowen.Protocol.Errors;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Results that go through a store, by reference: from executor to executor, and to the caller when it looks at them.</summary>
public sealed class StoredResultTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-stored-").FullName;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    private ResultStore Store => new($"file:{_folder}/store") { ThresholdBytes = 64 << 10 };

    private MapOptions InStore => new() { Code = TestPackage.Code, ResultsIn = Store };

    private string[] Left => Directory.Exists($"{_folder}/store") ? [.. Directory.EnumerateFileSystemEntries($"{_folder}/store", "*", SearchOption.AllDirectories)] : [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 120_000)]
    public async Task Large_results_are_objects_until_their_map_s_results_are_disposed_and_small_ones_travel()
    {
        int[] seeds = [.. Enumerable.Range(0, 20), 4, 4];
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        MapFuture<byte[]> made = ((Lease[])[lease]).StartMap(seeds, Bulks.Make, InStore, Bound);
        MapFuture<long> sums = made.Then(Bulks.Sum);

        long[] results = await sums.ResultsAsync(Bound);
        byte[][] values = await made.ResultsAsync(Bound);
        MapResult<byte[]> large = await made.ItemAsync(4, Bound);
        MapResult<byte[]> small = await made.ItemAsync(5, Bound);
        string[] objects = [.. Left.Where(path => Path.GetFileName(path).Length == 64)];
        await sums.DisposeAsync();
        await made.DisposeAsync();

        Assert.Equal(seeds.Select(seed => Bulks.Sum(Bulks.Make(seed))), results);
        Assert.Equal(seeds.Select(Bulks.Make), values);
        Assert.Equal(10, objects.Length); // equal results are one object
        Assert.Contains(objects, path => $"file:{path}" == large.StoredAt);
        Assert.Equal(Bulks.Make(4), large.Value);
        Assert.Null(small.StoredAt);
        Assert.Empty(Left);
        await Assert.ThrowsAsync<IOException>(() => made.ItemAsync(4, Bound));
    }

    /// <summary>Nothing but the store can have told the second step of the change.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Second_step_reads_from_the_store_and_finds_what_was_changed_there()
    {
        await using MapFuture<byte[]> made = cluster.Client.StartMap(Enumerable.Range(0, 12).ToArray(), Bulks.Make, InStore, Bound);
        await made.WaitAllAsync(Bound);
        string damaged = (await made.ItemAsync(2, Bound)).StoredAt!["file:".Length..];
        byte[] bytes = await File.ReadAllBytesAsync(damaged, Bound);
        bytes[1_000] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, Bound);
        File.Delete((await made.ItemAsync(6, Bound)).StoredAt!["file:".Length..]);
        await using MapFuture<long> sums = made.Then(Bulks.Sum, InStore with { ResultsIn = null });

        MapException error = await Assert.ThrowsAsync<MapException>(() => sums.ResultsAsync(Bound));

        Assert.Equal([2, 6], error.Failures.Select(failure => failure.Index).Order());
        Assert.Contains($"{Path.GetFileName(damaged)} of file:{_folder}/store is damaged", (await sums.ItemAsync(2, Bound)).Error!.Message, StringComparison.Ordinal);
        Assert.Contains("is not in file:", (await sums.ItemAsync(6, Bound)).Error!.Message, StringComparison.Ordinal);
        Assert.Equal(Bulks.Sum(Bulks.Make(4)), (await sums.ItemAsync(4, Bound)).Value);
        await Assert.ThrowsAsync<IOException>(() => made.ItemAsync(2, Bound));
    }

    /// <summary>With the objects gone, nothing but the executor's memory can have them.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Second_step_on_the_same_lease_finds_its_inputs_in_the_executor_s_memory()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        await using MapFuture<byte[]> made = ((Lease[])[lease]).StartMap(Enumerable.Range(0, 12).ToArray(), Bulks.Make, InStore, Bound);
        await made.WaitAllAsync(Bound);
        Assert.All(Left.Where(path => Path.GetFileName(path).Length == 64), File.Delete);

        await using MapFuture<long> sums = made.Then(Bulks.Sum, InStore with { ResultsIn = null });
        long[] results = await sums.ResultsAsync(Bound);

        Assert.Equal(Enumerable.Range(0, 12).Select(seed => Bulks.Sum(Bulks.Make(seed))), results);
        await Assert.ThrowsAsync<IOException>(() => made.ItemAsync(4, Bound)); // this program has no such memory
    }

    [Fact(Timeout = 120_000)]
    public async Task Reduction_goes_on_with_the_executors_of_its_map()
    {
        MapOptions options = new() { Cores = 1 };

        string processes = await cluster.Client.MapReduceAsync(
            Enumerable.Range(0, 600).ToArray(), // three groups, and then one
            item => $"{Environment.ProcessId}",
            texts => string.Join(' ', texts.SelectMany(text => text.Split(' ')).Append($"{Environment.ProcessId}").Distinct()),
            options,
            Bound);

        Assert.Equal($"{int.Parse(processes, CultureInfo.InvariantCulture)}", processes);
    }

    [Fact(Timeout = 120_000)]
    public async Task Plain_maps_streams_asynchronous_functions_and_reductions_take_the_store_too()
    {
        int[] seeds = [.. Enumerable.Range(0, 9)];
        int offset = 1_000;
        var streamed = new Dictionary<long, byte[]>();

        byte[][] plain = await cluster.Client.MapAsync(seeds, seed => Bulks.Make(seed + offset), InStore with { Code = null }, Bound);
        byte[][] later = await cluster.Client.MapAsync(seeds, Bulks.MakeLater, InStore, Bound);
        await foreach (MapResult<byte[]> result in cluster.Client.MapAsCompletedAsync(seeds, Bulks.Make, InStore with { InOrder = true }, Bound))
        {
            streamed.Add(result.Index, result.Value);
            Assert.Equal(result.Index % 2 == 0, result.StoredAt is not null);
        }

        byte[] sum = await cluster.Client.MapReduceAsync(seeds, Bulks.Make, Bulks.Add, InStore, Bound);
        Dictionary<string, byte[]> byKey = await cluster.Client.MapReduceAsync(seeds, Bulks.MakeTwice, Bulks.Add, InStore, Bound);

        Assert.Equal(seeds.Select(seed => Bulks.Make(seed + offset)), plain);
        Assert.Equal(seeds.Select(Bulks.Make), later);
        Assert.Equal(seeds.Select(Bulks.Make), streamed.OrderBy(pair => pair.Key).Select(pair => pair.Value));
        Assert.Equal(Bulks.Add([.. seeds.Select(Bulks.Make)]), sum);
        Assert.Equal(["all", "rest 0", "rest 1", "rest 2"], byKey.Keys.Order());
        Assert.Equal(sum, byKey["all"]);
        Assert.Equal(Bulks.Add([.. seeds.Where(seed => seed % 3 == 1).Select(Bulks.Make)]), byKey["rest 1"]);
        Assert.Empty(Left);
    }

    [Fact(Timeout = 120_000)]
    public async Task Functions_that_are_called_by_name_are_refused_a_store_before_anything_runs()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 1 });

        ArgumentException taken = await Assert.ThrowsAsync<ArgumentException>(() => cluster.Client.MapAsync<int, int>([2], "Square", TestPackage.Code, InStore, Bound));
        ArgumentException given = await Assert.ThrowsAsync<ArgumentException>(() => lease.MapAsync([2], lease.Function<int, int>("Square"), InStore, Bound));

        Assert.All([taken, given], error => Assert.StartsWith("MapOptions.ResultsIn needs a function that is given as such", error.Message, StringComparison.Ordinal));
        Assert.Empty(Left);
    }

    [Fact(Timeout = 120_000)]
    public async Task Kept_results_stay_and_are_the_bytes_themselves()
    {
        MapOptions keeping = InStore with { ResultsIn = Store with { Keep = true, ThresholdBytes = 0 } };
        var places = new List<string>();

        await foreach (MapResult<byte[]> result in cluster.Client.MapAsCompletedAsync([2, 3], Bulks.Make, keeping with { InOrder = true }, Bound))
        {
            places.Add(result.StoredAt!);
        }

        Assert.Equal([Bulks.Make(2), Bulks.Make(3)], places.Select(place => File.ReadAllBytes(place["file:".Length..])));
        Assert.Equal(2, Left.Count(File.Exists));
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_item_has_exactly_one_result_and_nothing_stays_when_executors_are_killed()
    {
        await using TestCluster killed = await TestCluster.StartAsync();
        await using RowenClient client = await killed.ConnectAsync();
        int[] seeds = [.. Enumerable.Range(0, 120)];
        MapOptions options = InStore with { Code = null, MaxExecutorDeaths = 9 }; // an item may be under way in each round
        await using (MapFuture<byte[]> made = client.StartMap(seeds, seed => Bulks.Make(2 * seed), options, Bound))
        await using (MapFuture<byte[]> inverted = made.Then(bytes => Bulks.Invert(bytes)))
        {
            for (int round = 1; round <= 3; round++)
            {
                int due = 30 * round;
                await Until.TrueAsync(() => inverted.DoneCount >= due || inverted.IsCompleted, Patience, $"{due} items are done", pauseMs: 1);
                foreach (int executor in Processes.ChildrenOf(killed.Agents[0].Id))
                {
                    ProcessControl.Kill(executor, ProcessSignal.Kill);
                }
            }

            byte[][] results = await inverted.ResultsAsync(Bound);
            Assert.Equal(seeds.Select(seed => Bulks.Sum(Bulks.Invert(Bulks.Make(2 * seed)))), results.Select(Bulks.Sum));
            Assert.Equal((120L, 120L), (made.DoneCount, inverted.DoneCount));
            Assert.NotEmpty(Left);
        }

        Assert.Empty(Left);
    }

    [Fact(Timeout = 120_000)]
    public async Task Executor_that_is_done_after_its_map_has_ended_takes_its_object_away_again()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 1 });
        string began = Path.Combine(_folder, "began");
        MapFuture<byte[]> late = ((Lease[])[lease]).StartMap([(began, 1_500)], Bulks.MakeSlowly, InStore with { Code = null }, Bound);
        await Until.TrueAsync(() => File.Exists(began), Patience, "the item runs");

        await late.DisposeAsync();
        int next = await lease.Function<int, int>(IllBehaved.Sleep).InvokeAsync(1, cancellationToken: Bound); // behind it on the only lane

        Assert.Equal(1, next);
        Assert.Empty(Left);
    }

    [Fact(Timeout = 240_000)]
    public async Task S3_and_Redis_carry_results_with_secrets_that_nobody_sent()
    {
        S3Server s3 = await S3Server.GetAsync();
        await using var redis = new RedisServer();
        await redis.StartAsync();
        string access = Path.Combine(_folder, "stores.json");
        await File.WriteAllTextAsync(
            access,
            $$"""
            { "stores": [ { "uri": "redis://", "password": "{{redis.Password}}" },
              { "uri": "s3://", "endpoint": "{{s3.Endpoint}}", "accessKey": "{{s3.AccessKey}}", "secretKey": "{{s3.SecretKey}}" } ] }
            """,
            Bound);
        File.SetUnixFileMode(access, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (string uri in new[] { $"s3://{await s3.MakeBucketAsync()}/results", redis.Uri })
        {
            var store = new ResultStore(uri) { Access = access, ThresholdBytes = 64 << 10 };
            await using OpenedObjectStore opened = await ObjectStoreUri.OpenAsync(uri, access: access, cancellationToken: Bound);
            await using (MapFuture<byte[]> made = cluster.Client.StartMap(Enumerable.Range(0, 6).ToArray(), Bulks.Make, InStore with { ResultsIn = store }, Bound))
            {
                await using MapFuture<long> sums = made.Then(Bulks.Sum);

                Assert.Equal(Enumerable.Range(0, 6).Select(seed => Bulks.Sum(Bulks.Make(seed))), await sums.ResultsAsync(Bound));
                Assert.Equal(3, (await opened.ListAsync(cancellationToken: Bound)).Count(each => each.LengthBytes == Bulks.LargeBytes));
                Assert.Equal(Bulks.Make(2), (await made.ItemAsync(2, Bound)).Value);
            }

            Assert.Empty(await opened.ListAsync(cancellationToken: Bound));
        }
    }

    [Fact(Timeout = 240_000)]
    public async Task S3_that_goes_down_in_the_middle_fails_what_it_should_have_kept_and_keeps_the_rest()
    {
        S3Server server = await S3Server.GetAsync();
        string uri = $"s3://{await server.MakeBucketAsync()}/results";
        var store = new ResultStore(uri) { Access = server.WriteAccess(_folder, retries: 0), ThresholdBytes = 64 << 10 };
        string gate = Path.Combine(_folder, "gate");
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 1 });
        MapOptions options = new() { ResultsIn = store, Errors = MapErrors.Collect, Deadline = TimeSpan.FromMinutes(1) }; // with a deadline none waits behind another
        MapFuture<byte[]> made = ((Lease[])[lease]).StartMap(
            Enumerable.Range(0, 8).ToArray(),
            seed =>
            {
                Thread.Sleep(2); // long enough to go alone
                while (seed == 4 && !File.Exists(gate))
                {
                    Thread.Sleep(10);
                }

                return Bulks.Make(seed);
            },
            options,
            Bound);
        await Until.TrueAsync(() => made.DoneCount >= 4, Patience, "four items have their results");
        await server.KillGatewayAsync();
        try
        {
            await File.WriteAllTextAsync(gate, string.Empty, Bound);
            MapException error = await Assert.ThrowsAsync<MapException>(() => made.ResultsAsync(Bound));

            Assert.Equal([4, 6], error.Failures.Select(failure => failure.Index).Order()); // the others are small, and touch no store
            Assert.All(error.Failures, failure => Assert.Equal(ErrorCode.StoreFailed, failure.Error.Code));
            Assert.All(error.Failures, failure => Assert.Contains($": {server.Endpoint} cannot be reached", failure.Error.Message, StringComparison.Ordinal));
        }
        finally
        {
            await server.StartGatewayAsync();
        }

        Assert.Equal(Bulks.Make(2), (await made.ItemAsync(2, Bound)).Value);
        Assert.Equal(Bulks.Make(7), (await made.ItemAsync(7, Bound)).Value);
        await made.DisposeAsync();
        await using OpenedObjectStore opened = await ObjectStoreUri.OpenAsync(uri, access: store.Access, cancellationToken: Bound);
        Assert.Empty(await opened.ListAsync(cancellationToken: Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Refusals_come_before_anything_is_made_and_name_what_is_wrong()
    {
        using var http = new HttpClient();
        await using Lease lease = await cluster.LeaseAsync();
        Function<int, byte[]> byName = lease.Function<int, byte[]>(Bulks.Make);

        RowenException capture = await Assert.ThrowsAsync<RowenException>(
            () => cluster.Client.MapAsync([1], item => (byte[])[(byte)(http.MaxResponseContentBufferSize + item)], InStore with { Code = null }, Bound));
        ArgumentException named = await Assert.ThrowsAsync<ArgumentException>(() => lease.MapAsync([1], byName, InStore, Bound));
        ArgumentException memory = await Assert.ThrowsAsync<ArgumentException>(
            () => lease.MapAsync([1], Bulks.Make, InStore with { ResultsIn = new ResultStore("rowen-memory:?bytes=1") }, Bound));

        Assert.StartsWith("cannot ship 'lambda.http': HttpClient", capture.Message, StringComparison.Ordinal);
        Assert.Contains("called by its name", named.Message, StringComparison.Ordinal);
        Assert.Contains("file:, s3:, redis:", memory.Message, StringComparison.Ordinal);
        Assert.Empty(Left);
    }
}
