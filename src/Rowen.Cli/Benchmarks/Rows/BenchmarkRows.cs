using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>The rows measured so far; samples go to a file if there is one.</summary>
internal sealed class BenchmarkRows(SampleFile? samples)
{
    private readonly List<BenchmarkRow> _rows = [];

    public IReadOnlyList<BenchmarkRow> All => _rows;

    public void Add(string provider, string mode, int bytes, string floor, Goal? goal, PairedRounds rounds, double? codeLoadUs = null) =>
        Add(Describe(provider, mode, bytes, floor, goal, rounds) with { CodeLoadUs = codeLoadUs }, rounds);

    public void AddStream(string provider, int bytes, string floor, Goal goal, PairedRounds rounds)
    {
        BenchmarkRow row = Describe(provider, "stream", bytes, floor, goal, rounds);
        Add(
            row with
            {
                CallsPerSecond = Math.Round(1e6 / row.MedianUs),
                FloorCallsPerSecond = Math.Round(1e6 / row.FloorUs),
                RateRatio = Math.Round(1 / row.Ratio, 4),
            },
            rounds);
    }

    private static BenchmarkRow Describe(string provider, string mode, int bytes, string floor, Goal? goal, PairedRounds rounds) => new()
    {
        Provider = provider,
        Mode = mode,
        Bytes = bytes,
        MedianUs = rounds.MedianUs,
        P99Us = rounds.P99Us,
        FloorUs = rounds.FloorUs,
        FloorP99Us = rounds.FloorP99Us,
        Ratio = rounds.Ratio,
        Rounds = rounds.Count,
        Floor = floor,
        Goal = goal?.Text,
        Reached = goal?.IsReachedBy(rounds),
    };

    private void Add(BenchmarkRow row, PairedRounds rounds)
    {
        _rows.Add(row);
        samples?.Write(row, rounds);
    }
}
