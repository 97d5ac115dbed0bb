using Rowen.ObjectStorage;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Lambdas;

/// <summary>Asynchronous lambdas, wherever a function is taken. Each yields first, so that it really ends later.</summary>
public sealed class AsynchronousLambdaTests(LambdaFixture fixture) : IClassFixture<LambdaFixture>, IDisposable
{
    private static readonly int[] Items = [.. Enumerable.Range(0, 300)];

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-async-").FullName;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    private Lease[] Leases => [fixture.Lease];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 120_000)]
    public async Task Futures_and_what_follows_on_them()
    {
        int factor = 3;
        await using MapFuture<int> first = fixture.Client.StartMap(Items, async x => await LaterAsync(x * factor), cancellationToken: Bound);
        await using MapFuture<string> second = first.Then(async x => await LaterAsync($"<{x}>"));
        await using MapFuture<int> onLease = Leases.StartMap(Items, async x => await LaterAsync(x + factor), cancellationToken: Bound);
        await using MapFuture<int> lengths = onLease.Then(async x => await LaterAsync($"{x}".Length));

        Assert.Equal(Items.Select(x => $"<{x * 3}>"), await second.ResultsAsync(Bound));
        Assert.Equal(Items.Select(x => $"{x + 3}".Length), await lengths.ResultsAsync(Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_call_on_a_lease_of_its_own_or_on_one_that_is_held()
    {
        int offset = 5;

        int own = await fixture.Client.CallAsync(async x => await LaterAsync(x + offset), 2, cancellationToken: Bound);
        int held = fixture.Lease.Invoke(async () => await LaterAsync(offset), cancellationToken: Bound);
        int same = fixture.Lease.Invoke(static async () => await LaterAsync(6), cancellationToken: Bound);
        InvocationException error = await Assert.ThrowsAsync<InvocationException>(
            () => fixture.Client.CallAsync(async x => (await LaterAsync(x)) > 0 ? throw new InvalidOperationException($"later {x}") : 0, 7, cancellationToken: Bound));
        await using Lease lease = await fixture.Client.LeaseAsync(new LeaseRequest { Code = CodeOfFunctions }, cancellationToken: Bound);
        int byName = lease.Function<int, int>(WellBehaved.TwiceLater).Invoke(21, cancellationToken: Bound);

        Assert.Equal((7, 5, 6, 42), (own, held, same, byName));
        Assert.Equal("later 7", error.RemoteMessage);
    }

    [Fact(Timeout = 120_000)]
    public async Task Reductions_whose_map_reducer_or_both_are_asynchronous()
    {
        int one = 1;
        int expected = Items.Sum(x => x + 1);

        int map = await fixture.Client.MapReduceAsync(Items, async x => await LaterAsync(x + one), values => values.Sum(), cancellationToken: Bound);
        int reduce = await fixture.Client.MapReduceAsync(Items, x => x + one, async values => await LaterAsync(values.Sum()), cancellationToken: Bound);
        int both = await Leases.MapReduceAsync(Items, async x => await LaterAsync(x + one), async values => await LaterAsync(values.Sum()), cancellationToken: Bound);
        int largest = await Leases.MapReduceAsync(Items, async x => await LaterAsync(x + one), values => values.DefaultIfEmpty().Max(), cancellationToken: Bound);

        Assert.Equal((expected, expected, expected, 300), (map, reduce, both, largest));
    }

    [Fact(Timeout = 120_000)]
    public async Task Reductions_by_key_whose_map_reducer_or_both_are_asynchronous()
    {
        Dictionary<string, int> expected = Items.GroupBy(x => x % 3).ToDictionary(group => $"rest {group.Key}", group => group.Sum());

        Dictionary<string, int> map = await fixture.Client.MapReduceAsync(
            Items, async x => await LaterAsync(Rest(x)), values => values.Sum(), cancellationToken: Bound);
        Dictionary<string, int> reduce = await Leases.MapReduceAsync(
            Items, x => Rest(x), async values => await LaterAsync(values.Sum()), cancellationToken: Bound);
        Dictionary<string, int> both = await Leases.MapReduceAsync(
            Items, async x => await LaterAsync(Rest(x)), async values => await LaterAsync(values.Sum()), cancellationToken: Bound);

        Assert.Equal(expected, map);
        Assert.Equal(expected, reduce);
        Assert.Equal(expected, both);

        static Dictionary<string, int> Rest(int x) => new() { [$"rest {x % 3}"] = x };
    }

    [Fact(Timeout = 120_000)]
    public async Task Parts_of_objects()
    {
        await File.WriteAllLinesAsync($"{_folder}/lines", Enumerable.Range(0, 10_000).Select(line => $"{line}"), Bound);
        ObjectSource source = ObjectSource.From($"{_folder}/lines").ChunkedBy(8.KiB(), Records.Lines);

        int[] counts = await fixture.Client.MapAsync(source, async part => await LaterAsync(part.ReadRecords().Count()), cancellationToken: Bound);

        Assert.True(counts.Length > 3, $"{counts.Length} parts");
        Assert.Equal(10_000, counts.Sum());
    }

    [Fact(Timeout = 120_000)]
    public async Task Results_that_go_by_a_store_between_steps()
    {
        var options = new MapOptions { ResultsIn = new ResultStore($"file:{_folder}/store") { ThresholdBytes = 1_000 } };
        int[] seeds = [.. Enumerable.Range(1, 8)];
        long expected = seeds.Sum(seed => Numbers(seed).Sum());

        await using MapFuture<long[]> made = fixture.Client.StartMap(seeds, async seed => await LaterAsync(Numbers(seed)), options, Bound);
        await using MapFuture<long> sums = made.Then(async numbers => await LaterAsync(numbers.Sum()));
        long[] reduced = await fixture.Client.MapReduceAsync(
            seeds, async seed => await LaterAsync(Numbers(seed)), async all => await LaterAsync(Add(all)), options, Bound);
        Dictionary<string, long[]> byKey = await fixture.Client.MapReduceAsync(
            seeds,
            async seed => await LaterAsync(new Dictionary<string, long[]> { ["all"] = Numbers(seed) }),
            async all => await LaterAsync(Add(all)),
            options,
            Bound);

        Assert.Equal(expected, (await sums.ResultsAsync(Bound)).Sum());
        Assert.NotNull((await made.ItemAsync(0, Bound)).StoredAt);
        Assert.Equal(expected, reduced.Sum());
        Assert.Equal(reduced, Assert.Single(byKey).Value);

        static long[] Numbers(int seed) => [.. Enumerable.Range(0, 1_000).Select(i => (long)i * seed)];

        static long[] Add(long[][] all) => all.Length == 0 ? [] : [.. Enumerable.Range(0, 1_000).Select(i => all.Sum(each => each[i]))];
    }

    [Fact(Timeout = 120_000)]
    public async Task What_returns_no_task_of_a_value_is_refused_before_any_lease_is_asked_for()
    {
        int before = (await fixture.Client.LeasesAsync(Bound)).Count;

        ArgumentException other = await Assert.ThrowsAsync<ArgumentException>(() => fixture.Client.MapAsync(Items, ValueLater, cancellationToken: Bound));
        ArgumentException none = await Assert.ThrowsAsync<ArgumentException>(() => fixture.Client.MapAsync(Items, x => Task.Delay(x), cancellationToken: Bound));
        ArgumentException held = await Assert.ThrowsAsync<ArgumentException>(() => fixture.Lease.MapAsync(Items, ValueLater, cancellationToken: Bound));
        ArgumentException single = await Assert.ThrowsAsync<ArgumentException>(
            () => fixture.Lease.InvokeAsync(() => ValueTask.FromResult(1), cancellationToken: Bound));

        Assert.StartsWith("'AsynchronousLambdaTests.ValueLater' returns a ValueTask<int>, which is no result. Return a Task", other.Message, StringComparison.Ordinal);
        Assert.Contains("returns a Task, which is no result. Return a value as well", none.Message, StringComparison.Ordinal);
        Assert.Equal(other.Message, held.Message);
        Assert.Contains("returns a ValueTask<int>", single.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await fixture.Client.LeasesAsync(Bound)).Count);
    }

    private static Rowen.Functions.CodePackage CodeOfFunctions => Faults.TestPackage.Code;

    private static ValueTask<int> ValueLater(int x) => ValueTask.FromResult(x);

    private static async Task<T> LaterAsync<T>(T value)
    {
        await Task.Yield();
        return value;
    }
}
