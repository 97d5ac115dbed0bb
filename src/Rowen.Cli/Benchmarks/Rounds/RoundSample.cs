using System.Diagnostics;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>What one side did in one round.</summary>
/// <param name="MedianUs">Median of the batches, or of the single calls where there were no batches.</param>
/// <param name="SamplesUs">The calls that were timed one by one.</param>
internal sealed record RoundSample(double MedianUs, double[] SamplesUs)
{
    private static int s_neverWoken;

    /// <summary>Of samples alone.</summary>
    public static RoundSample Of(double[] samplesUs) => new(Quantiles.Median(samplesUs), samplesUs);

    /// <summary>Median over rounds of the rounds' medians.</summary>
    public static double MedianOf(IEnumerable<RoundSample> rounds) => Quantiles.Median(rounds.Select(round => round.MedianUs));

    /// <summary>99th percentile of all samples of all rounds.</summary>
    public static double TailOf(IEnumerable<RoundSample> rounds) => Quantiles.Of(rounds.SelectMany(round => round.SamplesUs), 0.99);

    /// <summary>Runs a plan on a path and checks that the last bytes came back as they went.</summary>
    /// <exception cref="InvalidDataException">They did not.</exception>
    public static RoundSample Measure(EchoPath path, RoundPlan plan, ReadOnlySpan<byte> input, Span<byte> output)
    {
        double[] batches = new double[plan.BatchCount];
        double[] singles = new double[plan.SingleCount];
        path.Begin(input.Length, plan.TotalCount);
        output.Clear();
        CallBatch(path, plan.WarmUpCount, input, output);
        for (int i = 0; i < batches.Length; i++)
        {
            batches[i] = CallBatch(path, plan.BatchCalls, input, output);
        }

        if (plan.Pause > TimeSpan.Zero)
        {
            CallPaused(path, plan.Pause, singles, input, output);
        }
        else
        {
            CallSingly(path, singles, input, output);
        }

        return input.SequenceEqual(output)
            ? new RoundSample(Quantiles.Median(batches.Length > 0 ? batches : singles), singles)
            : throw new InvalidDataException($"{path.GetType().Name} returned other bytes than it was sent.");
    }

    private static double CallBatch(EchoPath path, int count, ReadOnlySpan<byte> input, Span<byte> output)
    {
        long startedAt = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            path.Call(input, output);
        }

        return Clock.MicrosecondsSince(startedAt) / count;
    }

    private static void CallSingly(EchoPath path, Span<double> singles, ReadOnlySpan<byte> input, Span<byte> output)
    {
        foreach (ref double single in singles)
        {
            single = CallBatch(path, 1, input, output);
        }
    }

    private static void CallPaused(
        EchoPath path, TimeSpan pause, Span<double> singles, ReadOnlySpan<byte> input, Span<byte> output)
    {
        foreach (ref double single in singles)
        {
            SharedPages.WaitWhile(ref s_neverWoken, 0, pause); // the one sleep below a millisecond that is precise
            single = CallBatch(path, 1, input, output);
        }
    }
}
