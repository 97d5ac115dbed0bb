namespace Rowen.Cli.Benchmarks.Data;

/// <summary>What is measured, how often, and where.</summary>
internal sealed record DataSettings
{
    public const string Large = "large";
    public const string Small = "small";
    public const string Words = "words";

    public static IReadOnlyList<string> AllRows { get; } = [Large, Small, Words];

    /// <summary>Kinds of rows: a large object, many small ones, words of a text.</summary>
    public IReadOnlyList<string> Rows { get; init; } = AllRows;

    /// <summary>How often floor and Rowen take turns at each row of stores.</summary>
    public int Rounds { get; init; } = 7;

    /// <summary>How often they take turns at counting words, which takes seconds each time.</summary>
    public int WordRounds { get; init; } = 3;

    /// <summary>Text whose words are counted; zero leaves that out.</summary>
    public long TextBytes { get; init; } = 1L << 30;

    /// <summary>Into parts of which size.</summary>
    public long ChunkBytes { get; init; } = 16 << 20;

    /// <summary>Threads of the floor, and lanes of the map.</summary>
    public int Lanes { get; init; } = 2;

    /// <summary>A bucket, as <c>s3://bucket</c>; null leaves S3 out.</summary>
    public string? S3 { get; init; }

    /// <summary>The file that says how it is reached; null: the default one.</summary>
    public string? Access { get; init; }

    /// <summary>Size of the large object.</summary>
    public int LargeBytes { get; init; } = 64 << 20;

    /// <summary>How many small ones.</summary>
    public int SmallCount { get; init; } = 1_000;

    /// <summary>Size of a small one.</summary>
    public int SmallBytes { get; init; } = 4 << 10;

    /// <summary>Decides the bytes, and in which order the sides take turns.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where files are written; on the disk that is measured.</summary>
    public string DiskFolder { get; init; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen");
}
