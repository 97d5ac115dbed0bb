using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent.Usage;

/// <summary>Counts what one lease uses. Totals never shrink, and the executor's word never exceeds the kernel's.</summary>
/// <remarks>Thread safety: one owner at a time.</remarks>
/// <param name="lease">The lease.</param>
/// <param name="cores">Leased cores.</param>
/// <param name="memoryBytes">Leased memory.</param>
/// <param name="startedAtNs">When it began, on the monotonic clock.</param>
/// <param name="processorNs">Processor time that the executor had used before: nobody leased that.</param>
internal sealed class LeaseMeter(LeaseId lease, int cores, long memoryBytes, long startedAtNs, long processorNs)
{
    /// <summary>How long the executor's word may be late before what the kernel counts is taken without it.</summary>
    private const long MaxWordAgeNs = 3_000_000_000;

    private long _allocatedNs;
    private long _leasedMs;
    private long _computingNs;
    private long _pollingNs;
    private long _invocationCount;
    private long _peakBytes;
    private long _readBytes;
    private long _writtenBytes;
    private long _sinceWordNs; // of the lease's life, when the last word came

    /// <summary>Takes the executor's word together with the kernel's count of the same moment.</summary>
    public void TakeWord(ExecutorMeter word, long nowNs, long totalProcessorNs)
    {
        _sinceWordNs = nowNs - startedAtNs;
        long used = Math.Max(totalProcessorNs - processorNs, _computingNs + _pollingNs);
        _computingNs = Math.Clamp(word.ComputingNs, _computingNs, used - _pollingNs);
        _pollingNs = used - _computingNs;
        _invocationCount = Math.Max(_invocationCount, word.InvocationCount);
        _readBytes = Math.Max(_readBytes, word.MemoryReadBytes);
        _writtenBytes = Math.Max(_writtenBytes, word.MemoryWrittenBytes);
    }

    /// <summary>Takes the kernel's count alone: of an executor that says nothing, or has ended.</summary>
    /// <remarks>
    /// The split of the time since the last word is unknown; it counts as computing, because a function that holds
    /// its threads is why words fail to come.
    /// </remarks>
    public void TakeProcessorTime(long totalProcessorNs) =>
        _computingNs = Math.Max(_computingNs, totalProcessorNs - processorNs - _pollingNs);

    /// <summary>Notes how much memory is held.</summary>
    public void TakeMemory(long bytes) => _peakBytes = Math.Max(_peakBytes, bytes);

    /// <summary>Totals until now.</summary>
    /// <param name="nowNs">The monotonic clock.</param>
    /// <param name="totalProcessorNs">The kernel's count; used only if the executor's word is overdue.</param>
    public LeaseUsage Read(long nowNs, long totalProcessorNs)
    {
        if (nowNs - startedAtNs - _sinceWordNs > MaxWordAgeNs)
        {
            TakeProcessorTime(totalProcessorNs);
        }

        _allocatedNs = Math.Max(_allocatedNs, cores * (nowNs - startedAtNs));
        _leasedMs = Math.Max(_leasedMs, (nowNs - startedAtNs) / 1_000_000);
        return new LeaseUsage
        {
            Lease = lease,
            AllocatedMs = _allocatedNs / 1_000_000,
            PollingMs = _pollingNs / 1_000_000,
            ComputingMs = _computingNs / 1_000_000,
            InvocationCount = _invocationCount,
            MemoryMebibyteSeconds = (long)((Int128)(memoryBytes >> 20) * _leasedMs / 1_000),
            PeakMemoryBytes = _peakBytes,
            MemoryReadBytes = _readBytes,
            MemoryWrittenBytes = _writtenBytes,
        };
    }
}
