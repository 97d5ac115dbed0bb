namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>A way to send bytes to another process and get them back: a floor, or Rowen. One thread.</summary>
internal abstract class EchoPath
{
    /// <summary>Says how many calls of which size follow, so that the other side can get ready. Not measured.</summary>
    public abstract void Begin(int payloadBytes, int count);

    /// <summary>One call. Measured.</summary>
    public abstract void Call(ReadOnlySpan<byte> input, Span<byte> output);
}
