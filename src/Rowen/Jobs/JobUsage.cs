using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Usage;

namespace Rowen.Jobs;

/// <summary>What the leases of one run have used, as the manager said last. Thread safety: one thread.</summary>
internal sealed class JobUsage
{
    private readonly Dictionary<LeaseId, LeaseUsage> _leases = [];

    /// <summary>Of all of them; null if nothing is known.</summary>
    public LeaseUsage? TotalOrNone => _leases.Count == 0 ? null : new LeaseUsage
    {
        AllocatedMs = _leases.Values.Sum(used => used.AllocatedMs),
        PollingMs = _leases.Values.Sum(used => used.PollingMs),
        ComputingMs = _leases.Values.Sum(used => used.ComputingMs),
        InvocationCount = _leases.Values.Sum(used => used.InvocationCount),
        MemoryMebibyteSeconds = _leases.Values.Sum(used => used.MemoryMebibyteSeconds),
        PeakMemoryBytes = _leases.Values.Max(used => used.PeakMemoryBytes),
        MemoryReadBytes = _leases.Values.Sum(used => used.MemoryReadBytes),
        MemoryWrittenBytes = _leases.Values.Sum(used => used.MemoryWrittenBytes),
    };

    public void Set(LeaseUsage used) => _leases[used.Lease] = used;
}
