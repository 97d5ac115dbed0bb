using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>So many bytes moved or counted, next to the floor.</summary>
internal sealed record DataRow
{
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>What was done.</summary>
    public required string Name { get; init; }

    /// <summary>What the floor is.</summary>
    public required string Floor { get; init; }

    /// <summary>How many bytes in all.</summary>
    public required long Bytes { get; init; }

    /// <summary>Median over rounds.</summary>
    public required double Seconds { get; init; }

    /// <summary>At the median.</summary>
    public required double BytesPerS { get; init; }

    /// <summary>The floor's median.</summary>
    public required double FloorSeconds { get; init; }

    /// <summary>Speed as a share of the floor's: the median over rounds.</summary>
    public required double Ratio { get; init; }

    /// <summary>Rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>What is to be reached.</summary>
    public required string Goal { get; init; }

    /// <summary>Whether it was.</summary>
    public required bool Reached { get; init; }

    /// <summary>Sums rounds up.</summary>
    public static DataRow Of(string name, string floor, long bytes, double minRatio, PairedRounds rounds)
    {
        double seconds = rounds.MedianUs / MicrosecondsPerSecond;
        double ratio = Quantiles.Median(rounds.All.Select(round => round.Floor.MedianUs / round.Rowen.MedianUs));
        return new DataRow
        {
            Name = name,
            Floor = floor,
            Bytes = bytes,
            Seconds = Math.Round(seconds, 6),
            BytesPerS = Math.Round(bytes / seconds),
            FloorSeconds = Math.Round(rounds.FloorUs / MicrosecondsPerSecond, 6),
            Ratio = ratio,
            Rounds = rounds.Count,
            Goal = FormattableString.Invariant($"≥ {minRatio:0.00} × its rate"),
            Reached = ratio >= minRatio,
        };
    }
}
