using Rowen.Cli.Benchmarks.Memory;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>One size in one direction over one provider.</summary>
internal sealed record MemoryRow
{
    private const int LargeBytes = 1 << 20; // from here on bandwidth is promised
    private const double MinCopyRatio = 0.9;
    private const double MinRawRatio = 0.9;

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

    /// <summary>libfabric's own one-sided operation of the same size over the same network, between two processes written in C; beside <c>ofi</c>.</summary>
    public double? RawUs { get; init; }

    /// <summary>Speed as a share of its: the median over rounds.</summary>
    public double? RawRatio { get; init; }

    /// <summary>Rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>What is to be reached.</summary>
    public required string Goal { get; init; }

    /// <summary>Whether it was.</summary>
    public required bool Reached { get; init; }

    /// <summary>Sums the sides up.</summary>
    public static MemoryRow Of(string provider, bool isRead, int bytes, MemorySides sides)
    {
        List<RoundSample> rowen = sides.Rowen.Rounds;
        double copyRatio = RatioOf(rowen, sides.Copy.Rounds);
        double? redisRatio = sides.Redis is { } redis ? RatioOf(rowen, redis.Rounds) : null;
        double? rawRatio = sides.Raw is { } raw ? RatioOf(rowen, raw.Rounds) : null;
        bool isBoundToCopy = provider == "shm" && bytes >= LargeBytes;
        double us = RoundSample.MedianOf(rowen);
        return new MemoryRow
        {
            Provider = provider,
            Mode = isRead ? "read" : "write",
            Bytes = bytes,
            MedianUs = us,
            P99Us = RoundSample.TailOf(rowen),
            GigabytesPerSecond = Math.Round(bytes / us / 1000, 3),
            CopyUs = RoundSample.MedianOf(sides.Copy.Rounds),
            CopyRatio = copyRatio,
            RedisUs = sides.Redis is { } server ? RoundSample.MedianOf(server.Rounds) : null,
            RedisP99Us = sides.Redis is { } tail ? RoundSample.TailOf(tail.Rounds) : null,
            RedisRatio = redisRatio,
            RawUs = sides.Raw is { } floor ? RoundSample.MedianOf(floor.Rounds) : null,
            RawRatio = rawRatio,
            Rounds = rowen.Count,
            Goal = isBoundToCopy ? "≥ 0.9 × copy; > Redis" : rawRatio is null ? "> Redis" : "≥ 0.9 × raw; > Redis",
            Reached = (!isBoundToCopy || copyRatio >= MinCopyRatio) && redisRatio is not <= 1 && rawRatio is not < MinRawRatio,
        };
    }

    private static double RatioOf(List<RoundSample> rowen, List<RoundSample> other) =>
        Quantiles.Median(rowen.Zip(other, (ours, theirs) => theirs.MedianUs / ours.MedianUs));
}
