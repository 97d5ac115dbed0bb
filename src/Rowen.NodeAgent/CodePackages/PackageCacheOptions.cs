namespace Rowen.NodeAgent.CodePackages;

/// <summary>How much of the node's disk code packages may hold.</summary>
internal sealed record PackageCacheOptions
{
    /// <summary>Most bytes of packages that no executor uses and that are kept for the next one.</summary>
    /// <value>4 GiB.</value>
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>Most packages.</summary>
    public int MaxCount { get; init; } = 200;

    /// <summary>Bound of one fetch.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
