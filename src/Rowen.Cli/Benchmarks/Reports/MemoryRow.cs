using Rowen.Cli.Benchmarks.Memory;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>One size in one direction over one provider.</summary>
internal sealed record MemoryRow
{
    private const int LargeBytes = 1 << 20; // from here on bandwidth is promised
    private const double MinCopyRatio = 0.9;

    /// <summary><c>shm</c>, <c>tcp</c> or <c>ofi</c>.</summary>
    public required string Provider { get; init; }

    /// <summary><c>read</c> or <c>write</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Bytes of an access.</summary>
    public required int Bytes { get; init; }

    /// <summary>Median over rounds of the rounds' medians.</summary>
    public required double MedianUs { get; init; }

    /// <summary>99th percentile of all samples; a sample of less than 4 µs is the mean of several accesses.</summary>
    public required double P99Us { get; init; }

    /// <summary>10⁹ bytes in a second, at the median.</summary>
    public required double GigabytesPerSecond { get; init; }

    /// <summary>A copy within this process, likewise.</summary>
    public required double CopyUs { get; init; }

    /// <summary>Speed as a share of the copy's: the median over rounds.</summary>
    public required double CopyRatio { get; init; }

    /// <summary>Redis, GET or SET of the same bytes; over its Unix socket beside <c>shm</c>, else over TCP.</summary>
    public double? RedisUs { get; init; }

    /// <summary>Its 99th percentile.</summary>
    public double? RedisP99Us { get; init; }

    /// <summary>How many times faster than Redis: the median over rounds.</summary>
    public double? RedisRatio { get; init; }

    /// <summary>Rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>What is to be reached.</summary>
    public required string Goal { get; init; }

    /// <summary>Whether it was.</summary>
    public required bool Reached { get; init; }

    /// <summary>Sums the sides up: remote memory, the copy, and Redis where it is.</summary>
    public static MemoryRow Of(string provider, bool isRead, int bytes, IReadOnlyList<MemorySide> sides)
    {
        List<RoundSample> rowen = sides[0].Rounds;
        double copyRatio = RatioOf(rowen, sides[1].Rounds);
        double? redisRatio = sides.Count > 2 ? RatioOf(rowen, sides[2].Rounds) : null;
        bool isBoundToCopy = provider == "shm" && bytes >= LargeBytes;
        double us = MedianOf(rowen);
        return new MemoryRow
        {
            Provider = provider,
            Mode = isRead ? "read" : "write",
            Bytes = bytes,
            MedianUs = us,
            P99Us = TailOf(rowen),
            GigabytesPerSecond = Math.Round(bytes / us / 1000, 3),
            CopyUs = MedianOf(sides[1].Rounds),
            CopyRatio = copyRatio,
            RedisUs = sides.Count > 2 ? MedianOf(sides[2].Rounds) : null,
            RedisP99Us = sides.Count > 2 ? TailOf(sides[2].Rounds) : null,
            RedisRatio = redisRatio,
            Rounds = rowen.Count,
            Goal = isBoundToCopy ? "≥ 0.9 × copy; > Redis" : "> Redis",
            Reached = (!isBoundToCopy || copyRatio >= MinCopyRatio) && redisRatio is not <= 1,
        };
    }

    private static double MedianOf(List<RoundSample> rounds) => Quantiles.Median(rounds.Select(round => round.MedianUs));

    private static double TailOf(List<RoundSample> rounds) => Quantiles.Of(rounds.SelectMany(round => round.SamplesUs), 0.99);

    private static double RatioOf(List<RoundSample> rowen, List<RoundSample> other) =>
        Quantiles.Median(rowen.Zip(other, (ours, theirs) => theirs.MedianUs / ours.MedianUs));
}
