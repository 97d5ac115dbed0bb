namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>One line of the benchmark: something that Rowen does, next to the least that it could cost.</summary>
internal sealed record BenchmarkRow
{
    /// <summary><c>shm</c>, <c>tcp</c>, or <c>-</c> where no lane is involved.</summary>
    public required string Provider { get; init; }

    /// <summary><c>hot</c>, <c>warm</c>, <c>stream</c>, <c>lambda</c>, <c>lambda-call</c>, <c>lambda-copy</c>, <c>lambda-array</c>,
    /// <c>cold-pool</c>, <c>cold-start</c>, <c>lease</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Payload each way.</summary>
    public required int Bytes { get; init; }

    /// <summary>Median over rounds of Rowen's medians.</summary>
    public required double MedianUs { get; init; }

    /// <summary>Of all single calls of all rounds.</summary>
    public required double P99Us { get; init; }

    /// <summary>Median over rounds of the floor's medians.</summary>
    public required double FloorUs { get; init; }

    public required double FloorP99Us { get; init; }

    /// <summary>Rowen's time over the floor's: the median of the ratios within rounds.</summary>
    public required double Ratio { get; init; }

    public required int Rounds { get; init; }

    /// <summary>What the floor is.</summary>
    public required string Floor { get; init; }

    /// <summary>What is to be reached, if anything was promised.</summary>
    public string? Goal { get; init; }

    public bool? Reached { get; init; }

    /// <summary>Streams only: the rate that <see cref="MedianUs"/> amounts to.</summary>
    public double? CallsPerSecond { get; init; }

    /// <summary>Streams only.</summary>
    public double? FloorCallsPerSecond { get; init; }

    /// <summary>Streams only: Rowen's rate over the floor's.</summary>
    public double? RateRatio { get; init; }

    /// <summary>Cold only: the part of <see cref="MedianUs"/> in which the executor fetched and loaded the code package.</summary>
    public double? CodeLoadUs { get; init; }
}
