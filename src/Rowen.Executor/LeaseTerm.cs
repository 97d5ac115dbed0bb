using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rowen.Protocol.Errors;

namespace Rowen.Executor;

/// <summary>
/// Until when this executor may work. It refuses by its own clock, whatever client, agent and manager believe.
/// Thread safety: any thread.
/// </summary>
internal sealed class LeaseTerm(long endsAtNs)
{
    private const long MaxTickMs = 11; // a kernel of 100 Hz; and the milliseconds are cut off

    private long _endsAtNs = endsAtNs;
    private volatile ErrorAnswer? _ending;

    /// <summary>CLOCK_MONOTONIC in nanoseconds, as everywhere on this machine: .NET's stopwatch reads the same clock.</summary>
    public static long NowNs => Stopwatch.GetTimestamp();

    /// <summary>
    /// The same clock as of the kernel's last tick, plus what a tick takes at most: never behind, up to 10 ms ahead. Costs a
    /// quarter of <see cref="NowNs"/>.
    /// </summary>
#pragma warning disable RS0030 // fencing goes by this machine's clock, whatever a test's clock says
    public static long CoarseNowNs => (Environment.TickCount64 + MaxTickMs) * 1_000_000;
#pragma warning restore RS0030

    public long EndsAtNs => Volatile.Read(ref _endsAtNs);

    /// <summary>Why no new work is taken, though time is left; null while it is.</summary>
    public ErrorAnswer? Ending => _ending;

    public void Renew(long endsAtNs) => Volatile.Write(ref _endsAtNs, endsAtNs);

    public void BeginEnding(ErrorAnswer why) => _ending = why;

    /// <summary>Why an invocation may not start now, or null if it may.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ErrorAnswer? RefusalOrNone(long nowNs) => nowNs >= EndsAtNs ? Expired() : _ending;

    private static ErrorAnswer Expired() =>
        new(ErrorCode.LeaseExpired, "The lease's time was over before the invocation began: it was not renewed.");
}
