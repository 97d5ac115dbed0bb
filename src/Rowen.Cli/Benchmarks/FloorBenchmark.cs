using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks;

/// <summary>Measures the floors alone.</summary>
internal sealed class FloorBenchmark(FloorSet floors, InvokeSettings settings, BenchmarkCores cores)
{
    private const int CommitsEachRound = 5;

    /// <summary>All floors. What starts processes runs on no pinned thread: they would inherit its core.</summary>
    public async Task<IReadOnlyList<FloorRow>> RunAsync() =>
    [
        .. await PinnedThread.RunAsync(cores.Caller, () => Calls().ToArray()),
        Repeat("write and fsync", 0, () => floors.Commit(CommitsEachRound)),
        Repeat("start of an empty dotnet program", 0, floors.StartEmpty),
    ];

    private IEnumerable<FloorRow> Calls()
    {
        foreach (int bytes in settings.Sizes)
        {
            yield return Echo("ring, both spin", FloorKind.Ring, bytes, TimeSpan.Zero);
        }

        yield return Stream();
        yield return Echo("futex, both sleep", FloorKind.Futex, InvokeSettings.WarmBytes, FloorSet.WarmPause);
        yield return Echo("futex, responder sleeps", FloorKind.FutexOneSided, InvokeSettings.WarmBytes, FloorSet.WarmPause);
        foreach (int bytes in settings.Sizes)
        {
            yield return Echo("tcp, both spin", FloorKind.TcpSpin, bytes, TimeSpan.Zero);
        }

        yield return Echo("tcp, both block", FloorKind.TcpBlock, InvokeSettings.WarmBytes, FloorSet.WarmPause);
    }

    private FloorRow Echo(string name, FloorKind kind, int bytes, TimeSpan pause)
    {
        FloorPath path = floors.PathOf(kind);
        var measurement = new EchoMeasurement(settings, bytes, pause, path);
        return Repeat(name, bytes, () => measurement.Measure(path));
    }

    private FloorRow Stream()
    {
        byte[] input = new byte[InvokeSettings.StreamBytes];
        byte[] output = new byte[InvokeSettings.StreamBytes];
        return Repeat(
            "ring at depth 4, one call",
            InvokeSettings.StreamBytes,
            () => floors.Stream(InvokeSettings.StreamCalls, input, output));
    }

    private FloorRow Repeat(string name, int bytes, Func<RoundSample> round)
    {
        RoundSample[] rounds = [.. Enumerable.Range(0, settings.Rounds).Select(_ => round())];
        return new FloorRow(
            name,
            bytes,
            Quantiles.Median(rounds.Select(sample => sample.MedianUs)),
            Quantiles.Of(rounds.SelectMany(sample => sample.SamplesUs), 0.99),
            rounds.Length);
    }
}
