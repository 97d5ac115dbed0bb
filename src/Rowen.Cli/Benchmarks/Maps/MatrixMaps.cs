using System.Globalization;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>Products of matrices as items of a map, next to plain threads that are pinned to as many cores and compute the same.</summary>
internal sealed class MatrixMaps(MapSettings settings, BenchmarkCluster cluster, BenchmarkProgress progress)
{
    private const double LeastShare = 0.97;

    private static readonly CodePackage Code = CodePackage.FromAssembly(typeof(MatrixProduct).Assembly);

    /// <summary>A row for each kernel and each number of lanes.</summary>
    public async Task<IReadOnlyList<MapRow>> MeasureAsync(CancellationToken cancellationToken)
    {
        var rows = new List<MapRow>();
        MatrixProduct.ForgetShell();
        for (int lanes = 1; lanes <= settings.Lanes; lanes++)
        {
            rows.Add(await MeasureAsync("kernel in C#", MatrixProduct.ByDotnet, lanes, cancellationToken));
            if (MatrixProduct.HasOpenBlas)
            {
                rows.Add(await MeasureAsync("OpenBLAS", MatrixProduct.ByOpenBlas, lanes, cancellationToken));
            }
        }

        return rows;
    }

    private async Task<MapRow> MeasureAsync(string kernel, Func<int, double> product, int lanes, CancellationToken cancellationToken)
    {
        progress.Say(string.Create(CultureInfo.InvariantCulture, $"{MatrixProduct.Count} products of {MatrixProduct.Size} × {MatrixProduct.Size}, {kernel}, {lanes} lanes"));
        await using Lease lease = await cluster.Client.LeaseAsync(
            new LeaseRequest { Cores = lanes, Code = Code, Provider = settings.Providers[0] }, cancellationToken);
        Function<int, double> function = lease.Function<int, double>(product);
        int[] items = [.. Enumerable.Range(0, lanes * Math.Min(16, 4 * settings.Rounds))];
        double[] byThreads = [];
        double[] byMap = [];
        MapRounds rounds = await MapRounds.OfAsync(
            settings.WarmUpRounds,
            settings.Rounds,
            async () => byThreads = await ComputeInThreadsAsync(items, product, lanes),
            async () => byMap = await lease.MapAsync(items, function, cancellationToken: cancellationToken));
        if (!byThreads.AsSpan().SequenceEqual(byMap))
        {
            throw new InvalidDataException("Other products came back than were computed.");
        }

        MapRow row = rounds.ToRow(
            string.Create(CultureInfo.InvariantCulture, $"{MatrixProduct.Count} products of {MatrixProduct.Size} × {MatrixProduct.Size}, {kernel}, lanes: {lanes}"),
            items.Length,
            "plain threads",
            (string.Create(CultureInfo.InvariantCulture, $"≥ {LeastShare}× the rate"), each => each.Ratio <= 1 / LeastShare));
        return row with
        {
            GigaflopsPerS = Math.Round(items.Length * MatrixProduct.Operations / row.Seconds / 1e9, 2),
            FloorGigaflopsPerS = Math.Round(items.Length * MatrixProduct.Operations / row.FloorSeconds / 1e9, 2),
        };
    }

    /// <summary>From the highest core down, as leases get them.</summary>
    private static async Task<double[]> ComputeInThreadsAsync(int[] items, Func<int, double> product, int lanes)
    {
        double[] results = new double[items.Length];
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => PinnedThread.RunAsync(Environment.ProcessorCount - 1 - lane, () =>
        {
            for (int i = Interlocked.Increment(ref next); i < items.Length; i = Interlocked.Increment(ref next))
            {
                results[i] = product(items[i]);
            }

            return true;
        })));
        return results;
    }
}
