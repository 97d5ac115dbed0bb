using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>Calls of a leased executor's function, on the caller's thread.</summary>
internal sealed class FunctionPath(Function function) : EchoPath
{
    public override void Begin(int payloadBytes, int count)
    {
        // The executor needs no word of what comes.
    }

    public override void Call(ReadOnlySpan<byte> input, Span<byte> output)
    {
        InvocationResult result = function.Invoke(input, output);
        if (!result.IsSuccess)
        {
            result.ThrowIfFailed();
        }
    }
}
