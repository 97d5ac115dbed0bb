using System.Diagnostics;
using System.Globalization;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Commands;

/// <summary>A program that does nothing, started many times on two cores: by Rowen, and by <c>xargs -P2</c>.</summary>
internal sealed class CommandBenchmark(int items, int rounds, BenchmarkProgress progress)
{
    private const string Program = "/bin/true";
    private const int Cores = 2;
    private const double MaxRatio = 1.15;

    private readonly CommandItem[] _items =
    [
        .. Enumerable.Range(0, items).Select(i => new CommandItem { Arguments = [Program, i.ToString(CultureInfo.InvariantCulture)] }),
    ];

    private readonly string _lines = string.Concat(Enumerable.Range(0, items).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}\n")));

    public async Task<CommandBenchmarkReport> RunAsync(CancellationToken cancellationToken)
    {
        await using BenchmarkCluster cluster = await BenchmarkCluster.StartAsync(poolSize: 1, Path.GetTempPath(), cancellationToken);
        progress.Say($"{Program} × {items}, {rounds} rounds, next to xargs -P{Cores}");
        await RunRowenAsync(cluster, cancellationToken); // compiles what later rounds need
        _ = await RunXargsAsync(cancellationToken);
        List<(double Rowen, double Floor)> samples = [];
        for (int i = 0; i < rounds; i++)
        {
            // In turns, and each as often first: whoever comes second finds other caches.
            double early = i % 2 == 0 ? await RunXargsAsync(cancellationToken) : await RunRowenAsync(cluster, cancellationToken);
            double late = i % 2 == 0 ? await RunRowenAsync(cluster, cancellationToken) : await RunXargsAsync(cancellationToken);
            samples.Add(i % 2 == 0 ? (late, early) : (early, late));
        }

        return new CommandBenchmarkReport(MachineFacts.Read(), [Sum(samples)]);
    }

    private CommandRow Sum(List<(double Rowen, double Floor)> samples)
    {
        double seconds = Quantiles.Median(samples.Select(sample => sample.Rowen));
        double ratio = Quantiles.Median(samples.Select(sample => sample.Rowen / sample.Floor));
        return new CommandRow(
            Program,
            items,
            seconds,
            samples.Max(sample => sample.Rowen),
            Math.Round(items / seconds, 1),
            $"xargs -n1 -P{Cores}",
            Quantiles.Median(samples.Select(sample => sample.Floor)),
            ratio,
            rounds,
            string.Create(CultureInfo.InvariantCulture, $"≤ {MaxRatio}×"),
            ratio <= MaxRatio);
    }

    private async Task<double> RunRowenAsync(BenchmarkCluster cluster, CancellationToken cancellationToken)
    {
        await cluster.WaitUntilQuietAsync(cancellationToken);
        long startedAt = Stopwatch.GetTimestamp();
        IReadOnlyList<CommandOutcome> outcomes = await cluster.Client.RunAsync(_items, new CommandOptions { MaxRunning = Cores }, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        return outcomes.Count == items ? seconds : throw new InvalidOperationException($"{outcomes.Count} outcomes came of {items} items.");
    }

    private async Task<double> RunXargsAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("xargs", ["-n1", string.Create(CultureInfo.InvariantCulture, $"-P{Cores}"), Program])
        {
            RedirectStandardInput = true,
        };
        long startedAt = Stopwatch.GetTimestamp();
        using Process xargs = Process.Start(start)!;
        await xargs.StandardInput.WriteAsync(_lines.AsMemory(), cancellationToken);
        xargs.StandardInput.Close();
        await xargs.WaitForExitAsync(cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        return xargs.ExitCode == 0 ? seconds : throw new IOException($"xargs ended with {xargs.ExitCode}.");
    }
}
