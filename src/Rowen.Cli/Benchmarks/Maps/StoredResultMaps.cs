using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>Maps of two steps with large results between them: by reference through files, next to the same through the caller.</summary>
internal sealed class StoredResultMaps(MapSettings settings, BenchmarkCluster cluster, BenchmarkProgress progress)
{
    private static readonly CodePackage Code = CodePackage.FromAssembly(typeof(StoredResultMaps).Assembly);

    /// <summary>A row for each provider.</summary>
    public async Task<IReadOnlyList<MapRow>> MeasureAsync(CancellationToken cancellationToken)
    {
        string folder = Path.Combine(settings.DiskFolder, $"bench-results-{Environment.ProcessId}");
        var rows = new List<MapRow>();
        try
        {
            foreach (string provider in settings.Providers)
            {
                rows.Add(await MeasureAsync(provider, new ResultStore($"file:{folder}"), cancellationToken));
            }
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        return rows;
    }

    private async Task<MapRow> MeasureAsync(string provider, ResultStore store, CancellationToken cancellationToken)
    {
        string size = string.Create(CultureInfo.InvariantCulture, $"{settings.StoredItems} × {settings.StoredBytes >> 20} MiB from step to step");
        progress.Say($"{size} over {provider}");
        await using Lease lease = await cluster.Client.LeaseAsync(
            new LeaseRequest { Cores = settings.Lanes, Code = Code, Provider = provider }, cancellationToken);
        (int Seed, int Bytes)[] items = [.. Enumerable.Range(0, settings.StoredItems).Select(i => (i, settings.StoredBytes))];
        long[] right = [.. items.Select(item => Sum(Fill(item)))];
        MapRounds rounds = await MapRounds.OfAsync(
            warmUps: 1,
            settings.Rounds,
            () => MapTwiceAsync(lease, items, right, new MapOptions()),
            () => MapTwiceAsync(lease, items, right, new MapOptions { ResultsIn = store }));
        return rounds.ToRow($"{size}, by files, {provider}", settings.StoredItems, "through the caller", goal: null, hasMemory: true);
    }

    private static async Task MapTwiceAsync(Lease lease, (int Seed, int Bytes)[] items, long[] right, MapOptions options)
    {
        await using MapFuture<byte[]> filled = ((Lease[])[lease]).StartMap(items, Fill, options);
        await using MapFuture<long> sums = filled.Then(Sum);
        long[] results = await sums;
        if (!right.AsSpan().SequenceEqual(results))
        {
            throw new InvalidDataException("Other sums came back than were computed.");
        }
    }

    /// <summary>Bytes that are quickly made and differ from each other's.</summary>
    private static byte[] Fill((int Seed, int Bytes) item)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(item.Bytes);
        MemoryMarshal.Cast<byte, int>(bytes.AsSpan()).Fill(item.Seed * 0x01010101 + 7);
        return bytes;
    }

    private static long Sum(byte[] bytes)
    {
        Vector<long> sum = default;
        foreach (Vector<long> each in MemoryMarshal.Cast<byte, Vector<long>>(bytes))
        {
            sum += each;
        }

        return Vector.Sum(sum);
    }
}
