using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Commands;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rows;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>Maps over a held lease next to what the machine could do at best.</summary>
internal sealed class MapBenchmark(MapSettings settings, MapPackages packages, BenchmarkProgress progress)
{
    private const int MixCalls = 100_000;
    private const int PausedCallCount = 50;
    private const int HotCallCount = 5_000;
    private static int s_neverWoken;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4); // longer than anybody spins
    private const int SkewedItems = 20;
    private const int LongMs = 2_000;
    private const int ShortMs = 100;
    private const double IdealSkewSeconds = 10.5;

    /// <summary>All rows, on private clusters.</summary>
    public async Task<MapReport> RunAsync(CancellationToken cancellationToken)
    {
        List<MapRow> rows = settings.Rows.All(kind => kind == MapSettings.Commands) ? [] : await MeasureMapsAsync(cancellationToken);
        if (settings.Rows.Contains(MapSettings.Commands))
        {
            CommandBenchmarkReport report = await new CommandBenchmark(settings.CommandItems, settings.Rounds, progress).RunAsync(cancellationToken);
            rows.AddRange(report.Rows.Select(row => row.ToMapRow()));
        }

        return new MapReport(MachineFacts.Read(), settings.Lanes, rows);
    }

    private async Task<List<MapRow>> MeasureMapsAsync(CancellationToken cancellationToken)
    {
        await using BenchmarkCluster cluster = await BenchmarkCluster.StartAsync(poolSize: 1, settings.DiskFolder, cancellationToken);
        var rows = new List<MapRow>();
        foreach (string provider in settings.Providers)
        {
            var request = new LeaseRequest { Cores = settings.Lanes, Code = packages.All[0], Provider = provider };
            await using (Lease lease = await cluster.Client.LeaseAsync(request, cancellationToken))
            {
                await AddRowsAsync(rows, lease, provider, cancellationToken);
            }

            if (settings.Rows.Contains(MapSettings.Lambda) && provider == settings.Providers[0])
            {
                progress.Say($"{MapSettings.Lambda} over {provider}");
                rows.AddRange(await LambdaAsync(cluster.Client, provider, cancellationToken));
            }

            if (settings.Rows.Contains(MapSettings.Mix) && provider == settings.Providers[0])
            {
                progress.Say($"{MapSettings.Mix} over {provider}");
                await using Lease lease = await cluster.Client.LeaseAsync(request with { Cores = 1 }, cancellationToken); // the caller needs the other
                rows.Add(await MixAsync(cluster.Client, lease, provider, cancellationToken));
            }
        }

        if (settings.Rows.Contains(MapSettings.Flops))
        {
            rows.AddRange(await new MatrixMaps(settings, cluster, progress).MeasureAsync(cancellationToken));
        }

        if (settings.Rows.Contains(MapSettings.Stored))
        {
            rows.AddRange(await new StoredResultMaps(settings, cluster, progress).MeasureAsync(cancellationToken));
        }

        return rows;
    }

    private async Task AddRowsAsync(List<MapRow> rows, Lease lease, string provider, CancellationToken cancellationToken)
    {
        bool isFirst = provider == settings.Providers[0];
        foreach (string kind in settings.Rows.Except(MapSettings.OwnLeases))
        {
            progress.Say($"{kind} over {provider}");
            switch (kind)
            {
                case MapSettings.NoOp:
                    foreach (int items in settings.Items)
                    {
                        rows.Add(await NoOpAsync(lease, provider, items, cancellationToken));
                    }

                    break;
                case MapSettings.Lazy when isFirst:
                    rows.Add(await LazyAsync(lease, provider, cancellationToken));
                    break;
                case MapSettings.Call when isFirst:
                    rows.Add(await CallAsync(lease, provider));
                    break;
                case MapSettings.Skew when isFirst:
                    rows.Add(await SkewAsync(lease, provider, cancellationToken));
                    break;
                default:
                    break; // the others say the same over every fabric
            }
        }
    }

    private async Task<MapRow> NoOpAsync(Lease lease, string provider, int count, CancellationToken cancellationToken)
    {
        Function<int, int> same = lease.Function<int, int>(MapPackages.NameOf(0, 0));
        int[] items = [.. Enumerable.Range(0, count)];
        MapRounds rounds = await MapRounds.OfAsync(
            settings.WarmUpRounds,
            settings.Rounds,
            () => LoopAsync(items),
            async () => Check(items, await lease.MapAsync(items, same, cancellationToken: cancellationToken)),
            (long)count * sizeof(int));
        return rounds.ToRow($"no-op {provider}", count, "a loop in one thread", GoalOf(count), hasMemory: true);
    }

    private async Task<MapRow> LazyAsync(Lease lease, string provider, CancellationToken cancellationToken)
    {
        Function<int, int> same = lease.Function<int, int>(MapPackages.NameOf(0, 0));
        long highest = 0;
        MapRounds rounds = await MapRounds.OfAsync(
            warmUps: 0,
            count: 1,
            () => Task.Run(() => Enumerable.Range(0, settings.LazyItems).Sum(item => (long)Same(item)), cancellationToken),
            async () =>
            {
                long sum = 0;
                await foreach (MapResult<int> result in lease.MapAsCompletedAsync(
                    Enumerable.Range(0, settings.LazyItems).Select(Same), same, cancellationToken: cancellationToken))
                {
                    sum += result.Value;
                    highest = (result.Index & 0xFFFFF) == 0 ? Math.Max(highest, GC.GetTotalMemory(forceFullCollection: false)) : highest;
                }

                Require(sum == (long)settings.LazyItems * (settings.LazyItems - 1) / 2);
            });
        MapRow row = rounds.ToRow($"no-op, lazy input, {provider}", settings.LazyItems, "a loop in one thread", goal: null);
        return row with { Goal = "constant memory", Reached = highest < 64 << 20, Name = $"{row.Name} (heap at most {highest >> 20} MiB)" };
    }

    /// <summary>Calls with a pause before each, so that both sides sleep: on this thread, and by <c>await</c>.</summary>
    private async Task<MapRow> CallAsync(Lease lease, string provider)
    {
        Function<int, int> same = lease.Function<int, int>(MapPackages.NameOf(0, 0));
        MapRounds rounds = await MapRounds.OfTimedAsync(
            settings.WarmUpRounds,
            settings.Rounds,
            () => Task.Run(() => PausedCalls(same)),
            () => Task.Run(() => PausedCallsAsync(same)));
        return rounds.ToRow($"one call, warm, asynchronous, {provider}", PausedCallCount, "warm, synchronous", ("≤ 1.3×", row => row.Ratio <= 1.3));
    }

    private static double PausedCalls(Function<int, int> same)
    {
        TimeSpan spent = default;
        for (int i = 0; i < PausedCallCount; i++)
        {
            SharedPages.WaitWhile(ref s_neverWoken, 0, Pause);
            long startedAt = Stopwatch.GetTimestamp();
            int result = same.Invoke(i);
            spent += Stopwatch.GetElapsedTime(startedAt);
            Require(result == i);
        }

        return spent.TotalSeconds;
    }

    private static async Task<double> PausedCallsAsync(Function<int, int> same)
    {
        TimeSpan spent = default;
        for (int i = 0; i < PausedCallCount; i++)
        {
            SharedPages.WaitWhile(ref s_neverWoken, 0, Pause);
            long startedAt = Stopwatch.GetTimestamp();
            int result = await same.InvokeAsync(i);
            spent += Stopwatch.GetElapsedTime(startedAt);
            Require(result == i);
        }

        return spent.TotalSeconds;
    }

    /// <summary>Hot calls of a lambda, bound before and given to the call each time, next to those of a function of the same work by its name.</summary>
    private async Task<MapRow[]> LambdaAsync(RowenClient client, string provider, CancellationToken cancellationToken)
    {
        var request = new LeaseRequest { Code = CodePackage.FromAssembly(typeof(MapBenchmark).Assembly), Provider = provider, HotWindow = Pause };
        await using Lease lease = await client.LeaseAsync(request, cancellationToken);
        Function<long, long> named = lease.Function<long, long>(MeasuredFunctions.Same);
        long zero = MeasuredFunctions.Same(0);
        Function<long, long> bound = await lease.BindAsync((long number) => number + zero, cancellationToken);
        return
        [
            await MeasureAsync("bound before", number => bound.Invoke(number)),
            await MeasureAsync("given to the call", number => number + lease.Invoke(static () => MeasuredFunctions.Same(0))),
            await MeasureAsync("given to the call with a number that it captures", number => lease.Invoke(() => number)),
        ];

        async Task<MapRow> MeasureAsync(string form, Func<long, long> call)
        {
            MapRounds rounds = await MapRounds.OfAsync(settings.WarmUpRounds, settings.Rounds, () => HotCallsAsync(number => named.Invoke(number)), () => HotCallsAsync(call));
            return rounds.ToRow($"one call with a lambda, {form}, {provider}", HotCallCount, "the function by name, hot", ("≤ 3×", row => row.Ratio <= 3));
        }
    }

    private static Task HotCallsAsync(Func<long, long> call) => Task.Run(() =>
    {
        for (int i = 0; i < HotCallCount; i++)
        {
            Require(call(i) == i);
        }
    });

    private static async Task<MapRow> SkewAsync(Lease lease, string provider, CancellationToken cancellationToken)
    {
        Function<int, int> pause = lease.Function<int, int>(MapPackages.Pause);
        int[] items = [.. Enumerable.Range(0, SkewedItems).Select(i => i % 2 == 0 ? LongMs : ShortMs)];
        MapRounds rounds = await MapRounds.OfAsync(
            warmUps: 0,
            count: 1,
            () => Task.Delay(TimeSpan.FromSeconds(IdealSkewSeconds), TimeProvider.System, cancellationToken),
            async () => Check(items, await lease.MapAsync(items, pause, cancellationToken: cancellationToken)));
        return rounds.ToRow($"2 s and 0.1 s in turns, {provider}", SkewedItems, "ideal", ("≤ 10.7 s", row => row.Seconds <= 10.7));
    }

    /// <summary>The rate of calls to one function, and of as many calls to a hundred functions in turns.</summary>
    private async Task<MapRow> MixAsync(RowenClient client, Lease lease, string provider, CancellationToken cancellationToken)
    {
        foreach (CodePackage package in packages.All.Skip(1))
        {
            await client.LoadAsync(lease, package, cancellationToken);
        }

        Function<int, int>[] mix = [.. Enumerable.Range(0, MapPackages.PackageCount * MapPackages.FunctionCount)
            .Select(i => lease.Function<int, int>(MapPackages.NameOf(i % MapPackages.PackageCount, i / MapPackages.PackageCount)))];
        MapRounds rounds = await MapRounds.OfAsync(
            settings.WarmUpRounds, settings.Rounds, () => CallAsync([mix[0]]), () => CallAsync(mix));
        return rounds.ToRow(
            $"{mix.Length} functions of {MapPackages.PackageCount} packages in turns, {provider}", MixCalls, "one function", ("≥ 0.8× the rate", row => row.Ratio <= 1 / 0.8));
    }

    private static Task CallAsync(Function<int, int>[] functions) => Task.Run(() =>
    {
        for (int i = 0; i < MixCalls; i++)
        {
            Require(functions[i % functions.Length].Invoke(i) == i);
        }
    });

    private static Task<int[]> LoopAsync(int[] items)
    {
        int[] results = new int[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            results[i] = Same(items[i]);
        }

        return Task.FromResult(results);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Same(int value) => value;

    private static (string Text, Func<MapRow, bool> IsReached)? GoalOf(int count) => count switch
    {
        1_000 => ("≤ 20 ms", row => row.Seconds <= 0.020),
        1_000_000 => ("≥ 500,000/s, < 100 B", row => row.ItemsPerS >= 500_000 && row.CallerBytesPerItem < 100),
        _ => null,
    };

    private static void Check(int[] items, int[] results) => Require(items.AsSpan().SequenceEqual(results));

    private static void Require(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidDataException("Other results came back than were computed.");
        }
    }
}
