using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>One way to bytes at one size in one direction: how long an access takes.</summary>
internal abstract class MemorySide
{
    private const int MaxSamples = 500;

    /// <summary>Rounds so far.</summary>
    public List<RoundSample> Rounds { get; } = [];

    /// <summary>Brings memory and caches in, and finds out how many accesses make a round.</summary>
    public abstract void Prepare();

    /// <summary>One round.</summary>
    public abstract void RunRound();

    /// <summary>How many samples make a round.</summary>
    protected static int CountFor(TimeSpan roundTime, double sampleUs) => Math.Clamp((int)(roundTime.TotalMicroseconds / sampleUs), 1, MaxSamples);
}
