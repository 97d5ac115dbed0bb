using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Jobs;
using Rowen.Journals;

namespace Rowen.Cli.Benchmarks.Journals;

/// <summary>Measures a job's journal on the disk of a folder. The floor writes as many bytes, and syncs as often.</summary>
internal sealed class JournalBenchmark(string folder, int rounds, int seed)
{
    private const int ResultBytes = 8;

    /// <summary>A million small results, and one at a time, each waited for.</summary>
    public async Task<IReadOnlyList<JournalRow>> RunAsync(int count, int singleCount, CancellationToken cancellationToken) =>
    [
        await MeasureAsync("results of a map", count, AppendAllAsync, cancellationToken),
        await MeasureAsync("one result, waited for", singleCount, AppendEachAsync, cancellationToken),
    ];

    private async Task<JournalRow> MeasureAsync(string name, int count, Func<JournalWriter, int, Task> appendAsync, CancellationToken cancellationToken)
    {
        List<(double Floor, double Rowen)> measured = [];
        (long Bytes, long Commits) size = default;
        for (int round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (double seconds, size) = await WriteJournalAsync(count, appendAsync); // first: the floor repeats its commits
            measured.Add((WriteFloor(size.Bytes, size.Commits), seconds));
        }

        double median = Quantiles.Median(measured.Select(pair => pair.Rowen));
        return new JournalRow(
            name, count, size.Bytes, size.Commits, median, Math.Round(count / median), Quantiles.Median(measured.Select(pair => pair.Floor)),
            Quantiles.Median(measured.Select(pair => pair.Rowen / pair.Floor)));
    }

    private async Task<(double Seconds, (long Bytes, long Commits) Size)> WriteJournalAsync(int count, Func<JournalWriter, int, Task> appendAsync)
    {
        string path = Path.Combine(folder, $"rowen-bench-{Environment.ProcessId}");
        try
        {
            using JournalWriter writer = JournalWriter.Create(path, 1);
            long startedAt = Stopwatch.GetTimestamp();
            await appendAsync(writer, count);
            return (Stopwatch.GetElapsedTime(startedAt).TotalSeconds, (writer.PositionBytes, writer.CommitCount));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private double WriteFloor(long bytes, long commits)
    {
        string path = Path.Combine(folder, $"rowen-floor-{Environment.ProcessId}");
        byte[] piece = new byte[bytes / commits];
        new Random(seed).NextBytes(piece);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        long startedAt = Stopwatch.GetTimestamp();
        for (long i = 0; i < commits; i++)
        {
            RandomAccess.Write(file, piece, i * piece.Length);
            RandomAccess.FlushToDisk(file);
        }

        return Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    private static async Task AppendAllAsync(JournalWriter writer, int count)
    {
        byte[] record = new byte[ItemRecord.SizeBytes];
        byte[] result = new byte[ResultBytes];
        for (int i = 0; i < count; i++)
        {
            Append(writer, i, record, result);
            if (writer.IsBehind)
            {
                await writer.CommitAsync();
            }
        }

        await writer.CommitAsync();
    }

    private static async Task AppendEachAsync(JournalWriter writer, int count)
    {
        byte[] record = new byte[ItemRecord.SizeBytes];
        byte[] result = new byte[ResultBytes];
        for (int i = 0; i < count; i++)
        {
            Append(writer, i, record, result);
            await writer.CommitAsync();
        }
    }

    private static void Append(JournalWriter writer, int item, byte[] record, byte[] result)
    {
        new ItemRecord(item, Lane: 0, StartedAt: item, DurationTicks: 1, Attempts: 1).Write(record);
        writer.Append((ushort)JobRecordKind.Result, record, result);
    }
}
