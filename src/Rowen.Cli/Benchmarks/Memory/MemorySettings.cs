namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>What is measured, how often, and for how long.</summary>
internal sealed record MemorySettings
{
    /// <summary>Providers, in the order of their rows.</summary>
    public IReadOnlyList<string> Providers { get; init; } = ["shm", "tcp", "ofi"];

    /// <summary>Bytes of an access.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [4096, 65_536, 1 << 20, 16 << 20, 256 << 20];

    /// <summary>How often all sides take turns.</summary>
    public int Rounds { get; init; } = 15;

    /// <summary>How long one side of a round takes, roughly, and at least one access.</summary>
    public TimeSpan RoundTime { get; init; } = TimeSpan.FromMilliseconds(8);

    /// <summary>How long everything runs before the first round that counts.</summary>
    public TimeSpan WarmUpTime { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the serving process is watched while nobody reads or writes.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether to start a Redis server to compare with.</summary>
    public bool HasRedis { get; init; } = true;

    /// <summary>Decides in which order the sides take turns.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where the cluster's state lies.</summary>
    public string DiskFolder { get; init; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen");

    public int MaxBytes => Sizes.Max();
}
