using System.Diagnostics;

namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>Microseconds to the nanosecond: <see cref="TimeSpan"/> would round to a tenth of a microsecond.</summary>
internal static class Clock
{
    private static readonly double MicrosecondsPerTick = 1e6 / Stopwatch.Frequency;

    public static double MicrosecondsSince(long timestamp) => (Stopwatch.GetTimestamp() - timestamp) * MicrosecondsPerTick;
}
