using System.Diagnostics;
using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.ObjectStorage;

namespace Rowen.Cli.Benchmarks.Data;

/// <summary>Stores next to what they are made of, and a partitioned map next to threads written by hand.</summary>
internal sealed class DataBenchmark(DataSettings settings, BenchmarkProgress progress)
{
    private const double MinFileRatio = 0.95;
    private const double MinS3Ratio = 0.9;
    private const double MinWordRatio = 0.9;

    private static readonly TimeSpan CleaningPatience = TimeSpan.FromMinutes(1);

    private readonly List<DataRow> _rows = [];
    private int _newNames;

    public async Task<DataReport> RunAsync(CancellationToken cancellationToken)
    {
        string folder = Path.Combine(settings.DiskFolder, string.Create(CultureInfo.InvariantCulture, $"bench-data-{Environment.ProcessId}"));
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            await MeasureFilesAsync(folder, cancellationToken);
            if (settings.S3 is { } bucket)
            {
                await MeasureS3Async(bucket, cancellationToken);
            }

            if (settings.TextBytes > 0 && settings.Rows.Contains(DataSettings.Words))
            {
                await MeasureWordsAsync(folder, cancellationToken);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        string note = settings.S3 is null ? "Without S3: --s3 s3://bucket puts it next to Amazon's SDK (build/s3-server.sh starts a server)." : string.Empty;
        return new DataReport(MachineFacts.Read(), settings.Seed, _rows, note);
    }

    private async Task MeasureFilesAsync(string folder, CancellationToken cancellationToken)
    {
        var floor = new FilePath(Path.Combine(folder, "floor"));
        var rowen = new StorePath(new FileObjectStore(Path.Combine(folder, "rowen")));
        await MeasureStoreAsync("file:", "FileStream, flushed to disk", MinFileRatio, floor, rowen, cancellationToken);
        var renamed = new RenamedFilePath(Path.Combine(folder, "renamed"));
        await MeasurePutsAsync("file:", "FileStream, flushed, renamed", MinFileRatio, renamed, rowen, cancellationToken);
        await MeasureNewAsync("FileStream, flushed to disk", floor, rowen, cancellationToken);
        await MeasureNewAsync("FileStream, flushed, renamed", renamed, rowen, cancellationToken);
    }

    /// <summary>Small objects whose names are new each time; in the other rows they replace those of the round before.</summary>
    private async Task MeasureNewAsync(string floorName, TransferPath floor, TransferPath rowen, CancellationToken cancellationToken)
    {
        if (!settings.Rows.Contains(DataSettings.Small))
        {
            return;
        }

        byte[] small = new byte[settings.SmallBytes];
        new Random(settings.Seed).NextBytes(small);
        await RowAsync(
            $"put file: {settings.SmallCount} × {settings.SmallBytes >> 10} KiB, new names",
            floorName,
            (long)settings.SmallCount * small.Length,
            MinFileRatio,
            floor,
            rowen,
            path => path.PutAsync(string.Create(CultureInfo.InvariantCulture, $"new-{_newNames++}"), small, settings.SmallCount, cancellationToken),
            cancellationToken);
    }

    private async Task MeasureS3Async(string bucket, CancellationToken cancellationToken)
    {
        string uri = string.Create(CultureInfo.InvariantCulture, $"{bucket.TrimEnd('/')}/rowen-bench-{Environment.ProcessId}");
        await using OpenedObjectStore store = await ObjectStoreUri.OpenAsync(uri, access: settings.Access, cancellationToken: cancellationToken);
        await store.ListAsync(string.Empty, cancellationToken); // a bucket that is not there is told at once
        using var floor = SdkPath.Open(uri, settings.Access);
        try
        {
            await MeasureStoreAsync("s3:", "Amazon's SDK by hand", MinS3Ratio, floor, new StorePath(store), cancellationToken);
        }
        finally
        {
            await CleanAsync(store, uri);
        }
    }

    /// <summary>Also when the user gives up; but a server that does not answer any more keeps nobody.</summary>
    private static async Task CleanAsync(OpenedObjectStore store, string uri)
    {
        using var patience = new CancellationTokenSource(CleaningPatience, TimeProvider.System);
        try
        {
            foreach (StoredObject one in await store.ListAsync(string.Empty, patience.Token))
            {
                await store.DeleteAsync(one.Name, patience.Token);
            }
        }
        catch (OperationCanceledException exception)
        {
            throw new IOException($"What was put into {uri} could not be removed: its server has not answered for a minute. Remove it when it does.", exception);
        }
    }

    private async Task MeasureStoreAsync(string scheme, string name, double minRatio, TransferPath floor, TransferPath rowen, CancellationToken cancellationToken)
    {
        await MeasurePutsAsync(scheme, name, minRatio, floor, rowen, cancellationToken);
        await MeasureBothAsync("get", scheme, name, minRatio, floor, rowen, (path, prefix, bytes, count) => path.GetAsync(prefix, bytes, count, cancellationToken), cancellationToken);
    }

    private Task MeasurePutsAsync(string scheme, string name, double minRatio, TransferPath floor, TransferPath rowen, CancellationToken cancellationToken) =>
        MeasureBothAsync("put", scheme, name, minRatio, floor, rowen, (path, prefix, bytes, count) => path.PutAsync(prefix, bytes, count, cancellationToken), cancellationToken);

    /// <summary>A large object, and many small ones.</summary>
    private async Task MeasureBothAsync(
        string verb, string scheme, string name, double minRatio, TransferPath floor, TransferPath rowen, Func<TransferPath, string, byte[], int, Task> move, CancellationToken cancellationToken)
    {
        byte[] large = new byte[settings.LargeBytes];
        new Random(settings.Seed).NextBytes(large);
        byte[] small = large[..settings.SmallBytes];
        long smallBytes = (long)settings.SmallCount * small.Length;
        if (settings.Rows.Contains(DataSettings.Large))
        {
            await RowAsync(
                $"{verb} {scheme} {settings.LargeBytes >> 20} MiB", name, large.Length, minRatio, floor, rowen, path => move(path, "large", large, 1), cancellationToken);
        }

        if (settings.Rows.Contains(DataSettings.Small))
        {
            await RowAsync(
                $"{verb} {scheme} {settings.SmallCount} × {settings.SmallBytes >> 10} KiB",
                name,
                smallBytes,
                minRatio,
                floor,
                rowen,
                path => move(path, "small", small, settings.SmallCount),
                cancellationToken);
        }
    }

    private Task RowAsync(
        string name, string floorName, long bytes, double minRatio, TransferPath floor, TransferPath rowen, Func<TransferPath, Task> move, CancellationToken cancellationToken) =>
        RowAsync(name, floorName, bytes, minRatio, settings.Rounds, () => move(floor), () => move(rowen), cancellationToken);

    private async Task MeasureWordsAsync(string folder, CancellationToken cancellationToken)
    {
        progress.Say("text");
        IReadOnlyList<string> files = WordText.Write(folder, settings.TextBytes, settings.Seed);
        await using WordCounting counting = await WordCounting.StartAsync(files, settings, cancellationToken);
        await RowAsync(
            $"word count, {settings.Lanes} lanes", $"{settings.Lanes} threads by hand", settings.TextBytes, MinWordRatio, settings.WordRounds,
            () => counting.CountByHandAsync(cancellationToken), () => counting.CountByMapAsync(cancellationToken), cancellationToken);
        counting.CheckSame();
    }

    private async Task RowAsync(
        string name, string floorName, long bytes, double minRatio, int count, Func<Task> floor, Func<Task> rowen, CancellationToken cancellationToken)
    {
        progress.Say(name);
        await floor(); // the compiler, connections and the page cache are the same for both then
        await rowen();
        var random = new Random(settings.Seed);
        var rounds = new PairedRounds();
        for (int round = 0; round < count; round++)
        {
            await rounds.RunAsync(() => TimeAsync(floor, cancellationToken), () => TimeAsync(rowen, cancellationToken), random);
        }

        _rows.Add(DataRow.Of(name, floorName, bytes, minRatio, rounds));
    }

    private static async Task<RoundSample> TimeAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long startedAt = Stopwatch.GetTimestamp();
        await act();
        return RoundSample.Of([Clock.MicrosecondsSince(startedAt)]);
    }
}
