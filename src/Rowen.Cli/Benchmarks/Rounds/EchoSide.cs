namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>One side of a row: a floor, or Rowen. It follows a plan and says what each call took. One thread.</summary>
internal abstract class EchoSide
{
    /// <summary>One round.</summary>
    /// <exception cref="InvalidDataException">Other bytes came back than were sent.</exception>
    public abstract RoundSample Measure(RoundPlan plan, ReadOnlySpan<byte> input, Span<byte> output);
}
