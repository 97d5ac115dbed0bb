using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>Calls that take a number and give it back, on the caller's thread.</summary>
internal sealed class NumberPath(Func<long, long> call) : EchoPath
{
    public override void Begin(int payloadBytes, int count)
    {
        // The executor needs no word of what comes.
    }

    public override void Call(ReadOnlySpan<byte> input, Span<byte> output) =>
        BitConverter.TryWriteBytes(output, call(BitConverter.ToInt64(input)));
}
