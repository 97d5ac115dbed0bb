namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>One line of <c>rowen bench fabric</c>: writes with notifications, next to the least that they could cost.</summary>
internal sealed record FabricRow
{
    /// <summary><c>shm</c>, <c>tcp</c>, <c>ofi</c> with libfabric's provider and strategy, or another program's name.</summary>
    public required string Fabric { get; init; }

    /// <summary><c>hot</c> and <c>warm</c> are there and back; <c>stream</c> is one of several writes in flight.</summary>
    public string? Mode { get; init; }

    /// <summary>Payload of a write.</summary>
    public int? Bytes { get; init; }

    /// <summary>Median over rounds of the rounds' medians.</summary>
    public double? MedianUs { get; init; }

    /// <summary>Of all single calls of all rounds.</summary>
    public double? P99Us { get; init; }

    /// <summary>Median over rounds of the floor's medians; null where there is no floor.</summary>
    public double? FloorUs { get; init; }

    public double? FloorP99Us { get; init; }

    /// <summary>Time over the floor's: the median of the ratios within rounds.</summary>
    public double? Ratio { get; init; }

    /// <summary>Streams only: what <see cref="MedianUs"/> amounts to, in billions of bytes.</summary>
    public double? GigabytesPerSecond { get; init; }

    /// <summary>Streams only.</summary>
    public double? FloorGigabytesPerSecond { get; init; }

    public int? Rounds { get; init; }

    /// <summary>What the floor is.</summary>
    public string? Floor { get; init; }

    /// <summary>What is to be reached, if anything was promised.</summary>
    public string? Goal { get; init; }

    public bool? Reached { get; init; }

    /// <summary>What the connection said of itself; or why there are no numbers.</summary>
    public string? Note { get; init; }
}
