using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Executor.Invocations;

/// <summary>What one function thread counts. It alone writes; a cache line of its own, so that reading does not slow it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal sealed class FunctionMeter
{
    [FieldOffset(64)]
    private long _computingNs;

    [FieldOffset(72)]
    private long _invocationCount;

    [FieldOffset(80)]
    private long _deadlineNs;

    [FieldOffset(88)]
    private long _runningIndex = -1;

    public long ComputingNs => Volatile.Read(ref _computingNs);

    public long InvocationCount => Volatile.Read(ref _invocationCount);

    /// <summary>When what runs now should have ended, on CLOCK_MONOTONIC; 0 if nothing with a deadline runs.</summary>
    public long DeadlineNs => Volatile.Read(ref _deadlineNs);

    /// <summary>Index of the function that runs now, or -1.</summary>
    public long RunningIndex => Volatile.Read(ref _runningIndex);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(uint functionIndex, long deadlineNs)
    {
        _runningIndex = functionIndex;
        _deadlineNs = deadlineNs;
        _invocationCount++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End()
    {
        _deadlineNs = 0;
        _runningIndex = -1;
    }

    public void AddComputing(long computingNs) => _computingNs += computingNs;
}
