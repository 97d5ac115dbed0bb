using System.Diagnostics;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>Calls of one function with several in flight, all on the caller's thread.</summary>
internal sealed class FunctionStream(Function function, int depth)
{
    private readonly StartedInvocation[] _underWay = new StartedInvocation[depth];

    /// <returns>One sample: the time of one call.</returns>
    public RoundSample Measure(int count, ReadOnlySpan<byte> input, Span<byte> output)
    {
        function.Invoke(input, output).ThrowIfFailed(); // wakes the executor
        long startedAt = Stopwatch.GetTimestamp();
        for (int i = 0; i < count + depth; i++)
        {
            ref StartedInvocation place = ref _underWay[i % depth];
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
