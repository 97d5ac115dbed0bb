namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>One line of <c>rowen bench map</c>: a map next to the least that its items could cost.</summary>
internal sealed record MapRow
{
    /// <summary>What was mapped, and over what.</summary>
    public required string Name { get; init; }

    /// <summary>Items of one map; of <c>mix</c>, invocations.</summary>
    public required long Items { get; init; }

    /// <summary>Median over rounds.</summary>
    public required double Seconds { get; init; }

    /// <summary>At that median.</summary>
    public required double ItemsPerS { get; init; }

    /// <summary>What the floor is.</summary>
    public required string Floor { get; init; }

    /// <summary>The floor's median over the same rounds.</summary>
    public required double FloorSeconds { get; init; }

    /// <summary>Rowen's time over the floor's: the median of the ratios within rounds.</summary>
    public required double Ratio { get; init; }

    /// <summary>What the caller allocated for each item beyond input and results: more than it ever held at once.</summary>
    public double? CallerBytesPerItem { get; init; }

    /// <summary>Floating-point operations in a second, in units of 10⁹, of items that compute.</summary>
    public double? GigaflopsPerS { get; init; }

    /// <summary>The floor's.</summary>
    public double? FloorGigaflopsPerS { get; init; }

    public required int Rounds { get; init; }

    /// <summary>What is to be reached.</summary>
    public string? Goal { get; init; }

    public bool? Reached { get; init; }
}
