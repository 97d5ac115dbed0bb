namespace Rowen;

/// <summary>Attempts that came to nothing and were made again, by cause. Not failures. Immutable.</summary>
public sealed record RetryCounts
{
    /// <summary>The lease was taken back, or not renewed in time. Without limit.</summary>
    public long Preempted { get; init; }

    /// <summary>The node, or its agent, was lost. Without limit.</summary>
    public long NodesLost { get; init; }

    /// <summary>The executor died while the item was under way (see <see cref="MapOptions.MaxExecutorDeaths"/>), or was ended because another item outran its deadline.</summary>
    public long ExecutorDeaths { get; init; }

    /// <summary>There was too little memory. See <see cref="MapOptions.MaxMemoryBytes"/>.</summary>
    public long OutOfMemory { get; init; }

    /// <summary>The function threw, or the command failed. See <see cref="MapOptions.MaxExceptionRetries"/>, <see cref="CommandOptions.MaxRetries"/>.</summary>
    public long Exceptions { get; init; }

    /// <summary>Of all causes.</summary>
    public long Total => Preempted + NodesLost + ExecutorDeaths + OutOfMemory + Exceptions;

    /// <summary>With others.</summary>
    internal RetryCounts Plus(RetryCounts other) => new()
    {
        Preempted = Preempted + other.Preempted,
        NodesLost = NodesLost + other.NodesLost,
        ExecutorDeaths = ExecutorDeaths + other.ExecutorDeaths,
        OutOfMemory = OutOfMemory + other.OutOfMemory,
        Exceptions = Exceptions + other.Exceptions,
    };
}
