using System.Diagnostics;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>A path within this process, timed here, whose bytes are checked.</summary>
internal sealed class PathSide(BytePath path, bool isRead, byte[] expected, byte[] buffer, TimeSpan roundTime) : MemorySide
{
    private const double SampleUs = 4; // reading the clock twice costs 0.04 us: one percent
    private const int MaxCallsPerSample = 64;

    private int _callsPerSample = 1;
    private int _sampleCount = 1;

    public override void Prepare()
    {
        path.Write(expected);
        Access();
        long startedAt = Stopwatch.GetTimestamp();
        Access();
        double us = Clock.MicrosecondsSince(startedAt);
        _callsPerSample = Math.Clamp((int)Math.Ceiling(SampleUs / us), 1, MaxCallsPerSample);
        _sampleCount = CountFor(roundTime, us * _callsPerSample);
    }

    /// <summary>One round, with the bytes checked afterwards.</summary>
    /// <exception cref="InvalidDataException">They are wrong.</exception>
    public override void RunRound()
    {
        double[] samples = new double[_sampleCount];
        Access();
        for (int i = 0; i < samples.Length; i++)
        {
            long startedAt = Stopwatch.GetTimestamp();
            for (int call = 0; call < _callsPerSample; call++)
            {
                Access();
            }

            samples[i] = Clock.MicrosecondsSince(startedAt) / _callsPerSample;
        }

        path.Read(buffer);
        Rounds.Add(buffer.AsSpan().SequenceEqual(expected)
            ? RoundSample.Of(samples)
            : throw new InvalidDataException($"{path.GetType().Name} gave back other bytes than were written."));
    }

    private void Access()
    {
        if (isRead)
        {
            path.Read(buffer);
        }
        else
        {
            path.Write(expected);
        }
    }
}
