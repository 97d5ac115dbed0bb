using System.Diagnostics;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>Calls of one function with several in flight, all on the caller's thread.</summary>
internal sealed class FunctionStream(Function function, int depth)
{
    /// <summary>On a machine that others keep busy, both sides are seldom on their cores at the same time.</summary>
    private static readonly TimeSpan MaxRound = TimeSpan.FromMilliseconds(500);

    private readonly StartedInvocation[] _underWay = new StartedInvocation[depth];

    /// <returns>One sample: the time of one call.</returns>
    public RoundSample Measure(int maxCount, ReadOnlySpan<byte> input, Span<byte> output)
    {
        function.Invoke(input, output).ThrowIfFailed(); // wakes the executor
        long startedAt = Stopwatch.GetTimestamp();
        int count = maxCount;
        for (int i = 0, slot = 0; i < count + depth; i++, slot = slot + 1 == depth ? 0 : slot + 1)
        {
            if (i % 1024 == 1023 && count == maxCount && Stopwatch.GetElapsedTime(startedAt) > MaxRound)
            {
                count = i; // what is under way is still awaited
            }

            ref StartedInvocation place = ref _underWay[slot];
            if (i >= depth && place.End(output) is { IsSuccess: false } failed)
            {
                failed.ThrowIfFailed();
            }

            if (i < count && !function.TryStart(input, (ulong)output.Length, out place))
            {
                throw new InvalidOperationException($"The lane has fewer than {depth} slots.");
            }
        }

        return RoundSample.Of([Clock.MicrosecondsSince(startedAt) / count]);
    }
}
