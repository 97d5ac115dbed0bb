namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>A side whose calls this process makes and times: bytes go to another process and come back.</summary>
internal abstract class EchoPath : EchoSide
{
    /// <summary>Says how many calls of which size follow, so that the other side can get ready. Not measured.</summary>
    public abstract void Begin(int payloadBytes, int count);

    /// <summary>One call. Measured.</summary>
    public abstract void Call(ReadOnlySpan<byte> input, Span<byte> output);

    public override RoundSample Measure(RoundPlan plan, ReadOnlySpan<byte> input, Span<byte> output) =>
        RoundSample.Measure(this, plan, input, output);
}
