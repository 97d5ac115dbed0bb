namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>What <c>rowen bench map</c> measures, and how often.</summary>
internal sealed record MapSettings
{
    public const string NoOp = "noop";
    public const string Lazy = "lazy";
    public const string Call = "call";
    public const string Lambda = "lambda";
    public const string Skew = "skew";
    public const string Mix = "mix";
    public const string Flops = "flops";
    public const string Stored = "stored";
    public const string Commands = "commands";

    public static IReadOnlyList<string> AllRows { get; } = [NoOp, Lazy, Call, Lambda, Skew, Mix, Flops, Stored, Commands];

    /// <summary>Rows that have leases of their own.</summary>
    public static IReadOnlyList<string> OwnLeases { get; } = [Lambda, Mix, Flops, Stored, Commands];

    /// <summary>Kinds of rows, in the order in which they are measured.</summary>
    public IReadOnlyList<string> Rows { get; init; } = AllRows;

    /// <summary>Items of the no-op maps.</summary>
    public IReadOnlyList<int> Items { get; init; } = [1_000, 100_000, 1_000_000];

    /// <summary>Commands of a round.</summary>
    public int CommandItems { get; init; } = 1_000;

    /// <summary>Items of the map whose input is enumerated as it goes on.</summary>
    public int LazyItems { get; init; } = 10_000_000;

    /// <summary>Providers of the no-op maps.</summary>
    public IReadOnlyList<string> Providers { get; init; } = ["shm", "tcp"];

    /// <summary>Results of the maps of two steps.</summary>
    public int StoredItems { get; init; } = 8;

    /// <summary>Bytes of each.</summary>
    public int StoredBytes { get; init; } = 64 << 20;

    /// <summary>How often each map runs, next to its floor.</summary>
    public int Rounds { get; init; } = 7;

    /// <summary>How often each is run before the first round that counts.</summary>
    public int WarmUpRounds => Math.Min(3, Rounds);

    /// <summary>Lanes: cores of the lease.</summary>
    public int Lanes { get; init; } = 2;

    /// <summary>Where the cluster's state lies.</summary>
    public string DiskFolder { get; init; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen");
}
