using System.Diagnostics;
using System.Net;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Cli.Fabrics;
using Rowen.Fabric.Libfabric;

namespace Rowen.Cli.Benchmarks;

/// <summary>All rows of <c>rowen bench fabric</c>: the fabric alone, without leases and functions, next to raw C.</summary>
/// <param name="settings">Sizes, rounds and providers.</param>
/// <param name="libfabric">libfabric's provider; null for the best.</param>
/// <param name="cores">Who runs where.</param>
/// <param name="progress">Hears what is measured.</param>
internal sealed class FabricBenchmark(InvokeSettings settings, string? libfabric, BenchmarkCores cores, BenchmarkProgress progress)
{
    /// <summary>The size of a write of a stream, and the largest write.</summary>
    public const int StreamBytes = 4 << 20;

    private const int InFlight = 16;
    private const int StreamCount = 64; // a quarter of a GiB: some tens of milliseconds

    /// <summary>Everything.</summary>
    public async Task<FabricReport> RunAsync(CancellationToken cancellationToken)
    {
        var inventory = LibfabricInventory.Read(IPAddress.Loopback);
        var rows = new List<FabricRow>();
        using FloorSet floors = FloorSet.Start(settings.MaxPayloadBytes, cores, settings.DiskFolder);
        foreach (string provider in settings.Providers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows.AddRange(provider == "ofi"
                ? await MeasureLibfabricAsync(inventory, cancellationToken)
                : await MeasureAsync(new FabricChoice(provider), new FabricFloors(floors.HotOf(provider), floors.WarmOf(provider)), isPromised: false));
        }

        rows.AddRange(await OpenMpi.MeasureAsync(settings, cores, progress, cancellationToken));
        return new FabricReport(MachineFacts.Read(), cores.Caller, cores.Responder, settings.Seed, inventory.Version, rows);
    }

    private async Task<List<FabricRow>> MeasureLibfabricAsync(LibfabricInventory inventory, CancellationToken cancellationToken)
    {
        LibfabricNetwork? network = libfabric is null ? inventory.BestOrNone : inventory.Providers.FirstOrDefault(each => each.Name == libfabric);
        if (network is not { IsUsed: true })
        {
            string why = network?.WhyNotUsed ?? inventory.Problem ?? $"libfabric has no provider '{libfabric}' here";
            return [new FabricRow { Fabric = "ofi", Note = why }];
        }

        using var floor = LibfabricFloor.Start(LibfabricPlace.Of(network), cores, InFlight, StreamBytes, settings.DiskFolder);
        var floors = new FabricFloors(
            new LaneFloor("raw fi_writedata in C, both spin", floor), new LaneFloor("raw fi_writedata in C, both sleep", floor), floor);
        var rows = new List<FabricRow>();
        foreach (OfiStrategy strategy in (OfiStrategy[])[OfiStrategy.WriteWithData, OfiStrategy.Message])
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isPromised = strategy == OfiStrategy.WriteWithData;
            rows.AddRange(await MeasureAsync(new FabricChoice("ofi", network.Name, strategy), floors, isPromised));
        }

        return rows;
    }

    private async Task<IReadOnlyList<FabricRow>> MeasureAsync(FabricChoice choice, FabricFloors floors, bool isPromised)
    {
        progress.Say(choice.ToString());
        ResponderLink link = new ResponderProcess(IPAddress.Loopback, cores.Responder); // from here: it would inherit the pinned thread's core
        try
        {
            return await PinnedThread.RunAsync(cores.Caller, () => Measure(link, choice, floors, isPromised));
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            return [new FabricRow { Fabric = choice.ToString(), Note = exception.Message }];
        }
    }

    private FabricRow[] Measure(ResponderLink link, FabricChoice choice, FabricFloors floors, bool isPromised)
    {
        using var trial = FabricTrial.Begin(link, choice, IPAddress.Loopback, InFlight, StreamBytes);
        var rows = new List<FabricRow>();
        foreach (int bytes in settings.Sizes)
        {
            PairedRounds rounds = Pair(new FabricPath(trial, isHot: true), floors.Hot.Side, bytes, TimeSpan.Zero);
            rows.Add(Describe(choice, "hot", bytes, floors.Hot.Name, rounds, isPromised));
        }

        PairedRounds warm = Pair(new FabricPath(trial, isHot: false), floors.Warm.Side, InvokeSettings.WarmBytes, FloorSet.WarmPause);
        rows.Add(Describe(choice, "warm", InvokeSettings.WarmBytes, floors.Warm.Name, warm, isPromised));
        rows.Add(floors.Stream is null ? StreamAlone(choice, trial) : StreamBeside(choice, trial, floors.Stream, isPromised));
        return [.. rows.Select(row => row with { Note = trial.Description })];
    }

    private PairedRounds Pair(FabricPath path, EchoSide floor, int bytes, TimeSpan pause)
    {
        var measurement = new EchoMeasurement(settings, bytes, pause, floor);
        WarmUp(() => measurement.Measure(path));
        return Repeat(() => measurement.Measure(floor), () => measurement.Measure(path));
    }

    private FabricRow StreamBeside(FabricChoice choice, FabricTrial trial, LibfabricFloor floor, bool isPromised)
    {
        WarmUp(() => Stream(trial));
        PairedRounds rounds = Repeat(() => floor.Stream(StreamBytes, StreamCount, InFlight), () => Stream(trial));
        return Describe(choice, "stream", StreamBytes, "raw fi_writedata in C, 16 in flight", rounds, isPromised) with
        {
            GigabytesPerSecond = Rate(rounds.MedianUs),
            FloorGigabytesPerSecond = Rate(rounds.FloorUs),
        };
    }

    private FabricRow StreamAlone(FabricChoice choice, FabricTrial trial)
    {
        WarmUp(() => Stream(trial));
        double medianUs = Quantiles.Median(Enumerable.Range(0, settings.Rounds).Select(_ => Stream(trial).MedianUs));
        return new FabricRow
        {
            Fabric = choice.ToString(),
            Mode = "stream",
            Bytes = StreamBytes,
            MedianUs = medianUs,
            GigabytesPerSecond = Rate(medianUs),
            Rounds = settings.Rounds,
        };
    }

    private static RoundSample Stream(FabricTrial trial) => RoundSample.Of([trial.Stream(StreamBytes, StreamCount, InFlight)]);

    private static double Rate(double us) => Math.Round(StreamBytes / us / 1000, 3);

    private PairedRounds Repeat(Func<RoundSample> floor, Func<RoundSample> rowen) => PairedRounds.Of(settings.Rounds, settings.Seed, floor, rowen);

    private void WarmUp(Func<RoundSample> measure)
    {
        long startedAt = Stopwatch.GetTimestamp();
        do
        {
            _ = measure();
        }
        while (Stopwatch.GetElapsedTime(startedAt) < settings.WarmUpTime / 2); // each row warms what the next one needs, too
    }

    private static FabricRow Describe(FabricChoice choice, string mode, int bytes, string floor, PairedRounds rounds, bool isPromised) => new()
    {
        Fabric = choice.ToString(),
        Mode = mode,
        Bytes = bytes,
        MedianUs = rounds.MedianUs,
        P99Us = rounds.P99Us,
        FloorUs = rounds.FloorUs,
        FloorP99Us = rounds.FloorP99Us,
        Ratio = rounds.Ratio,
        Rounds = rounds.Count,
        Floor = floor,
        Goal = isPromised ? Goal.Libfabric(mode).Text : null,
        Reached = isPromised ? Goal.Libfabric(mode).IsReachedBy(rounds) : null,
    };
}
