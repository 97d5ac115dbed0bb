using Rowen.NodeAgent.Executors;

namespace Rowen.NodeAgent.CodePackages;

/// <summary>A package that is here, or on its way.</summary>
internal sealed class CachedPackage(Task<long> arrival)
{
    /// <summary>Completes with its size when it is here.</summary>
    public Task<long> Arrival { get; } = arrival;

    /// <summary>Its size; 0 until somebody has awaited the arrival.</summary>
    public long SizeBytes { get; set; }

    public bool IsStored => Arrival.IsCompletedSuccessfully;

    public bool HasFailed => Arrival.IsFaulted || Arrival.IsCanceled;

    /// <summary>Executors that may have it loaded.</summary>
    public HashSet<ExecutorNumber> Users { get; } = [];

    public long UsedAt { get; set; }
}
