using System.Diagnostics;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>
/// Remote memory next to a copy within this process, to Redis, and over libfabric to its own one-sided operation, at every
/// size, both ways.
/// </summary>
internal sealed class MemoryBenchmark(MemorySettings settings, BenchmarkCores cores, BenchmarkProgress progress)
{
    private const double MaxIdlePercent = 0.5;

    private readonly List<string> _notes = [];

    /// <summary>All providers, on a private cluster.</summary>
    public async Task<MemoryReport> RunAsync(CancellationToken cancellationToken)
    {
        var rows = new List<MemoryRow>();
        var idle = new List<IdleRow>();
        using RedisServer? redis = settings.HasRedis ? await RedisServer.StartOrNoneAsync() : null;
        await using BenchmarkCluster cluster = await BenchmarkCluster.StartAsync(poolSize: 1, settings.DiskFolder, cancellationToken);
        foreach (string provider in settings.Providers)
        {
            await using RemoteMemory memory = await cluster.Client.LeaseMemoryAsync(
                new MemoryRequest { LengthBytes = settings.MaxBytes, Provider = provider }, cancellationToken);
            await using MemoryRegion region = await memory.AllocateAsync(settings.MaxBytes, cancellationToken: cancellationToken);
            CpuAffinity.TryPinProcess(Server(cluster), [cores.Responder]); // as the floor's: where another node's process would not disturb us
            rows.AddRange(await PinnedThread.RunAsync(cores.Caller, () => Measure(provider, region, redis, cancellationToken)));
            idle.Add(await MeasureIdleAsync(provider, cluster, cancellationToken));
        }

        if (redis is null && settings.HasRedis)
        {
            _notes.Add("Redis is not installed: `apt-get install redis-server` puts it next to these.");
        }

        return new MemoryReport(MachineFacts.Read(), cores.Caller, settings.Seed, rows, idle, string.Join(' ', _notes));
    }

    private List<MemoryRow> Measure(string provider, MemoryRegion region, RedisServer? redis, CancellationToken cancellationToken)
    {
        using RedisPath? rival = redis?.Connect(isOverTcp: provider != "shm");
        using LibfabricFloor? floor = provider == "ofi" ? StartFloorOrNone() : null;
        var copy = new CopyPath(settings.MaxBytes);
        BytePath[] paths = rival is null ? [new RegionPath(region), copy] : [new RegionPath(region), copy, rival];
        List<MemoryRow> rows = [];
        foreach (int bytes in settings.Sizes)
        {
            foreach (bool isRead in (bool[])[true, false])
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress.Say($"{provider}, {(isRead ? "read" : "write")}, {bytes} bytes");
                rows.Add(Measure(provider, paths, floor, isRead, bytes));
            }
        }

        return rows;
    }

    private MemoryRow Measure(string provider, BytePath[] paths, LibfabricFloor? floor, bool isRead, int bytes)
    {
        MemorySide[] sides = CreateSides(paths, isRead, bytes);
        OneSidedSide? raw = floor is null ? null : new OneSidedSide(floor, isRead, bytes, settings.RoundTime);
        TakeTurns(raw is null ? sides : [.. sides, raw]);
        return MemoryRow.Of(provider, isRead, bytes, new MemorySides(sides[0], sides[1], sides.Length > 2 ? sides[2] : null, raw));
    }

    private LibfabricFloor? StartFloorOrNone()
    {
        try
        {
            return LibfabricFloor.Start(LibfabricPlace.Best(), cores, placeCount: 1, settings.MaxBytes, settings.DiskFolder);
        }
        catch (IOException exception)
        {
            _notes.Add($"Not next to libfabric itself: {exception.Message}");
            return null;
        }
    }

    private MemorySide[] CreateSides(BytePath[] paths, bool isRead, int bytes)
    {
        byte[] expected = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        new Random(bytes).NextBytes(expected);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        return [.. paths.Select(path => new PathSide(path, isRead, expected, buffer, settings.RoundTime))];
    }

    /// <summary>All paths take turns, in random order: only ratios within a round are trusted.</summary>
    private void TakeTurns(MemorySide[] sides)
    {
        var random = new Random(settings.Seed);
        WarmUp(sides);
        for (int round = 0; round < settings.Rounds; round++)
        {
            MemorySide[] order = [.. sides];
            random.Shuffle(order);
            foreach (MemorySide side in order)
            {
                side.RunRound();
            }
        }
    }

    /// <summary>Until the compiler has seen what is hot.</summary>
    private void WarmUp(MemorySide[] sides)
    {
        long startedAt = Stopwatch.GetTimestamp();
        do
        {
            foreach (MemorySide side in sides)
            {
                side.Prepare();
                side.RunRound();
            }
        }
        while (Stopwatch.GetElapsedTime(startedAt) < settings.WarmUpTime);

        foreach (MemorySide side in sides)
        {
            side.Rounds.Clear();
        }
    }

    /// <summary>Processor time of the process that serves the memory, while nobody reads or writes.</summary>
    private async Task<IdleRow> MeasureIdleAsync(string provider, BenchmarkCluster cluster, CancellationToken cancellationToken)
    {
        progress.Say($"{provider}, idle for {settings.IdleTime.TotalSeconds:0} s");
        await cluster.WaitUntilQuietAsync(cancellationToken);
        int[] server = [Server(cluster)];
        TimeSpan before = ProcessorClock.UsedBy(server);
        long startedAt = Stopwatch.GetTimestamp();
        await Task.Delay(settings.IdleTime, TimeProvider.System, cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(startedAt);
        double percent = 100 * (ProcessorClock.UsedBy(server) - before) / elapsed;
        return new IdleRow(
            $"process that serves memory over {provider}", Math.Round(elapsed.TotalSeconds, 2), Math.Round(percent, 3), "< 0.5 % of a core", percent < MaxIdlePercent);
    }

    /// <summary>The process that serves the memory: it alone holds the region.</summary>
    private static int Server(BenchmarkCluster cluster) => cluster.Processes.MaxBy(ResidentBytes);

    private static long ResidentBytes(int process)
    {
        try
        {
            string pages = File.ReadAllText($"/proc/{process}/statm").Split(' ')[1];
            return long.Parse(pages, System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return 0; // it has ended
        }
    }
}
