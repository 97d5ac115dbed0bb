using System.Diagnostics;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>Hot calls, warm calls and streams on one lane, each next to its floor.</summary>
internal sealed partial class LaneRows(RowenClient client, FloorSet floors, BenchmarkCores cores, InvokeSettings settings, BenchmarkProgress progress)
{
    /// <summary>How long an idle executor polls: between calls for sure, and not into the next round of the floor.</summary>
    private static readonly TimeSpan HotWindow = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan MaxFreeWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FreeStep = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(3);
    private static int s_neverWoken;

    /// <summary>Rows of hot calls at each size.</summary>
    public async Task AddHotAsync(string provider, BenchmarkRows rows, CancellationToken cancellationToken)
    {
        await using Lease lease = await LeaseAsync(provider, HotWindow, cancellationToken);
        Function echo = lease.Function(settings.FunctionName);
        LaneFloor floor = floors.HotOf(provider);
        foreach (int bytes in settings.Sizes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Say($"hot {provider}, {bytes} bytes");
            PairedRounds rounds = await PinnedThread.RunAsync(cores.Caller, () => Pair(echo, floor.Side, bytes, TimeSpan.Zero));
            rows.Add(provider, "hot", bytes, floor.Name, Goal.HotOrNone(provider, bytes), rounds);
        }
    }

    /// <summary>The row of calls between which both sides sleep.</summary>
    public async Task AddWarmAsync(string provider, BenchmarkRows rows, CancellationToken cancellationToken)
    {
        progress.Say($"warm {provider}, {InvokeSettings.WarmBytes} bytes");
        await using Lease lease = await LeaseAsync(provider, TimeSpan.Zero, cancellationToken);
        Function echo = lease.Function(settings.FunctionName);
        LaneFloor floor = floors.WarmOf(provider);
        PairedRounds rounds = await PinnedThread.RunAsync(
            cores.Caller, () => Pair(echo, floor.Side, InvokeSettings.WarmBytes, FloorSet.WarmPause));
        rows.Add(provider, "warm", InvokeSettings.WarmBytes, floor.Name, Goal.Warm, rounds);
    }

    /// <summary>The row of small calls with every slot of the lane in flight.</summary>
    public async Task AddStreamAsync(BenchmarkRows rows, CancellationToken cancellationToken)
    {
        progress.Say($"stream shm, {InvokeSettings.StreamBytes} bytes, {FloorLayout.SlotCount} in flight");
        await using Lease lease = await LeaseAsync("shm", HotWindow, cancellationToken);
        Function echo = lease.Function(settings.FunctionName);
        PairedRounds rounds = await PinnedThread.RunAsync(cores.Caller, () => PairStreams(echo));
        rows.AddStream("shm", InvokeSettings.StreamBytes, "raw ring at depth 4", Goal.Stream, rounds);
    }

    /// <summary>Many hot calls in a row on one lane.</summary>
    public async Task<SoakRow> SoakAsync(string provider, long count, CancellationToken cancellationToken)
    {
        progress.Say($"soak {provider}, {count} calls of {InvokeSettings.WarmBytes} bytes");
        await using Lease lease = await LeaseAsync(provider, HotWindow, cancellationToken);
        Function echo = lease.Function(settings.FunctionName);
        return await PinnedThread.RunAsync(cores.Caller, () => Soak(provider, new FunctionPath(echo), count, cancellationToken));
    }

    private static SoakRow Soak(string provider, FunctionPath path, long count, CancellationToken cancellationToken)
    {
        byte[] input = new byte[sizeof(long)];
        byte[] output = new byte[sizeof(long)];
        path.Call(input, output); // wakes the executor
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        long startedAt = Stopwatch.GetTimestamp();
        for (long i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(input, i);
            path.Call(input, output);
            if (BitConverter.ToInt64(output) != i)
            {
                throw new InvalidDataException($"Call {i} returned {BitConverter.ToInt64(output)}.");
            }

            if (i % 65_536 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        double meanUs = Math.Round(Clock.MicrosecondsSince(startedAt) / count, 4);
        return new SoakRow(provider, input.Length, count, meanUs, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
    }

    private PairedRounds Pair(Function echo, EchoSide floor, int bytes, TimeSpan pause) => Pair(new FunctionPath(echo), floor, bytes, pause);

    private PairedRounds Pair(EchoPath path, EchoSide floor, int bytes, TimeSpan pause) =>
        Pair(path, floor, new EchoMeasurement(settings, bytes, pause, floor));

    private PairedRounds Pair(EchoPath path, EchoSide floor, EchoMeasurement measurement)
    {
        WarmUp(() => MeasureAndSettle(measurement, path));
        return PairedRounds.Of(settings.Rounds, settings.Seed, () => measurement.Measure(floor), () => MeasureAndSettle(measurement, path));
    }

    private PairedRounds PairStreams(Function echo)
    {
        byte[] input = new byte[InvokeSettings.StreamBytes];
        byte[] output = new byte[InvokeSettings.StreamBytes];
        var stream = new FunctionStream(echo, FloorLayout.SlotCount);
        WarmUp(() => stream.Measure(InvokeSettings.StreamCalls, input, output));
        return PairedRounds.Of(
            settings.Rounds,
            settings.Seed,
            () => floors.Stream(InvokeSettings.StreamCalls, input, output),
            () =>
            {
                RoundSample sample = stream.Measure(InvokeSettings.StreamCalls, input, output);
                Settle();
                return sample;
            });
    }

    private static RoundSample MeasureAndSettle(EchoMeasurement measurement, EchoPath path)
    {
        RoundSample sample = measurement.Measure(path);
        Settle();
        return sample;
    }

    /// <summary>Until the compiler has seen what is hot.</summary>
    private void WarmUp(Func<RoundSample> measure)
    {
        long startedAt = Stopwatch.GetTimestamp();
        for (int i = 0; i < InvokeSettings.WarmUpRounds || Stopwatch.GetElapsedTime(startedAt) < settings.WarmUpTime; i++)
        {
            _ = measure();
        }
    }

    /// <summary>Lets the executor fall asleep: the floor's responder runs on the same core.</summary>
    private static void Settle() => SharedPages.WaitWhile(ref s_neverWoken, 0, SettleTime);

    private Task<Lease> LeaseAsync(string provider, TimeSpan hotWindow, CancellationToken cancellationToken) =>
        LeaseAsync(provider, hotWindow, settings.Code, cancellationToken);

    private async Task<Lease> LeaseAsync(string provider, TimeSpan hotWindow, CodePackage? code, CancellationToken cancellationToken)
    {
        await WaitUntilCoresAreFreeAsync(cancellationToken);
        var request = new LeaseRequest
        {
            HotWindow = hotWindow,
            SlotCount = FloorLayout.SlotCount,
            Code = code,
            Provider = provider,
        };
        return await client.LeaseAsync(request, cancellationToken);
    }

    /// <summary>
    /// The last lease's core is free only when its executor has ended. Another one would be the caller's: both would then
    /// take turns on it, which makes warm calls too fast and hot ones absurdly slow.
    /// </summary>
    private async Task WaitUntilCoresAreFreeAsync(CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(startedAt) < MaxFreeWait)
        {
            IReadOnlyList<NodeView> nodes = await client.NodesAsync(cancellationToken);
            if (nodes.All(node => node.FreeCores == node.Cores))
            {
                return;
            }

            await Task.Delay(FreeStep, TimeProvider.System, cancellationToken);
        }
    }
}
