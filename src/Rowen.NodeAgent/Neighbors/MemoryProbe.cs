using System.Numerics;
using System.Runtime.InteropServices;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.NodeAgent.Neighbors;

/// <summary>How much slower the node's memory is than at its best: what the job and the functions beside it cost each other.</summary>
/// <remarks>
/// Reads a few MiB, more than a core's own caches hold, now and then. The best of some passes counts: one that was interrupted tells nothing.
/// Processors have counters for that, which virtual machines and ordinary users do not see. Takes ten milliseconds every ten seconds.
/// </remarks>
internal sealed class MemoryProbe(Func<long> readNs)
{
    private const long PeriodNs = 10_000_000_000;
    private const double Most = 1e6; // a clock that jumps
    private const int Passes = 5;
    private const int Length = 1 << 20; // of 8 bytes each

    private readonly long[] _memory = CreateTouched();
    private long _dueAtNs = long.MinValue;
    private long _bestNs = long.MaxValue;

    /// <summary>Reads the machine's own clock.</summary>
    public MemoryProbe()
        : this(() => MonotonicClock.NowNs)
    {
    }

    /// <summary>Time of a pass over its smallest so far, 1 or more; measured anew when that is ten seconds old.</summary>
    public double SlowDown { get; private set; } = 1;

    /// <summary>Keeps what it adds up, so that nothing is left out.</summary>
    internal long Sum { get; private set; }

    /// <summary>Looks, if it is time to.</summary>
    /// <returns><see cref="SlowDown"/>.</returns>
    public double Look()
    {
        long nowNs = readNs();
        if (nowNs < _dueAtNs)
        {
            return SlowDown;
        }

        _dueAtNs = nowNs + PeriodNs;
        long fastestNs = long.MaxValue;
        for (int pass = 0; pass < Passes; pass++)
        {
            long beganNs = readNs();
            Sum += Add(_memory);
            fastestNs = Math.Min(fastestNs, Math.Max(1, readNs() - beganNs));
        }

        _bestNs = Math.Min(_bestNs, fastestNs);
        SlowDown = Math.Min((double)fastestNs / _bestNs, Most);
        return SlowDown;
    }

    private static long Add(long[] values)
    {
        Vector<long> sum = default;
        foreach (Vector<long> lanes in MemoryMarshal.Cast<long, Vector<long>>(values))
        {
            sum += lanes;
        }

        return Vector.Sum(sum);
    }

    /// <summary>Pages that nobody has written are all the same one.</summary>
    private static long[] CreateTouched()
    {
        long[] values = new long[Length];
        Array.Fill(values, 1);
        return values;
    }
}
