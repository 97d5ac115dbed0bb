using Rowen.Protocol.Usage;

namespace Rowen.ResourceManager.Accounting;

/// <summary>Totals only grow: a smaller one comes from an agent or report that knew less.</summary>
internal static class MonotoneUsage
{
    public static LeaseUsage RaisedTo(this LeaseUsage known, LeaseUsage told) => known with
    {
        AllocatedMs = Math.Max(known.AllocatedMs, told.AllocatedMs),
        PollingMs = Math.Max(known.PollingMs, told.PollingMs),
        ComputingMs = Math.Max(known.ComputingMs, told.ComputingMs),
        InvocationCount = Math.Max(known.InvocationCount, told.InvocationCount),
        MemoryMebibyteSeconds = Math.Max(known.MemoryMebibyteSeconds, told.MemoryMebibyteSeconds),
        PeakMemoryBytes = Math.Max(known.PeakMemoryBytes, told.PeakMemoryBytes),
        MemoryReadBytes = Math.Max(known.MemoryReadBytes, told.MemoryReadBytes),
        MemoryWrittenBytes = Math.Max(known.MemoryWrittenBytes, told.MemoryWrittenBytes),
    };
}
