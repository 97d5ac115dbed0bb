using System.Diagnostics;
using Rowen.Cli.Benchmarks;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Roles;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.Cli.Demo;

/// <summary>One demo on a cluster of its own: start, map, check, measure, end.</summary>
internal sealed class DemoRun(string path, DemoScreen screen)
{
    private const int TopCount = 20;

    // The agent tells of a lease's end at once, but the manager may be busy.
    private static readonly TimeSpan UsageTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    public async Task<DemoAnswer> RunAsync(CancellationToken cancellationToken)
    {
        var code = WordCountCode.Load();
        IReadOnlyList<string> files = TextFiles.Find(path);
        if (files.Count == 0)
        {
            throw new RowenException(
                ErrorCode.BadRequest, $"Nothing to count: {Path.GetFullPath(path)} holds no file, or only empty ones.");
        }

        string folder = ClusterFolders.CreateTemporary("demo");
        try
        {
            // In a process of its own, which ends with us however we end.
            await using BenchmarkCluster cluster = await BenchmarkCluster.StartAsync(poolSize: 1, folder, cancellationToken);
            screen.ShowCluster(await cluster.Client.NodesAsync(cancellationToken));
            return await RunAsync(cluster, code, files, cancellationToken);
        }
        finally
        {
            ClusterFolders.Remove(folder);
        }
    }

    private async Task<DemoAnswer> RunAsync(
        BenchmarkCluster cluster, WordCountCode code, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        (DemoAnswer answer, LeaseId lease) = await MapAndCheckAsync(cluster.Client, code, files, cancellationToken);
        answer = answer with { Usage = await ReadUsageAsync(cluster.Client, lease, cancellationToken) };
        screen.ShowMeasuring();
        answer = answer with
        {
            Latency = await InvocationBenchmark.RunQuicklyAsync(cluster, code.Package, WordCountCode.Echo, cancellationToken),
        };
        screen.ShowLatency(answer);
        return answer;
    }

    private async Task<(DemoAnswer Answer, LeaseId Lease)> MapAndCheckAsync(
        RowenClient client, WordCountCode code, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        await using Lease lease = await client.LeaseAsync(new LeaseRequest { Cores = 0, Code = code.Package }, cancellationToken);
        screen.ShowLease(lease, files.Count, path);
        long startedAt = Stopwatch.GetTimestamp();
        WordTotals totals = await screen.WithProgressAsync(files.Count, step => MapAsync(lease, files, step, cancellationToken));
        TimeSpan mapTime = Stopwatch.GetElapsedTime(startedAt);

        startedAt = Stopwatch.GetTimestamp();
        WordTotals plain = await Task.Run(() => code.RunPlainLoop(files, cancellationToken), cancellationToken);
        var answer = new DemoAnswer
        {
            Path = Path.GetFullPath(path),
            FileCount = files.Count,
            TextFileCount = totals.FileCount,
            UnreadableFileCount = totals.FailedCount,
            WordCount = totals.WordCount,
            DistinctWordCount = totals.DistinctCount,
            Top = totals.Top(TopCount),
            Cores = lease.Cores,
            Provider = lease.Provider,
            MapMs = mapTime.TotalMilliseconds,
            PlainLoopMs = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds,
            Agrees = totals.Agrees(plain),
        };
        screen.ShowWords(answer);
        return (answer, lease.Id);
    }

    private static async Task<WordTotals> MapAsync(
        Lease lease, IReadOnlyList<string> files, Action step, CancellationToken cancellationToken)
    {
        var totals = new WordTotals();
        var options = new MapOptions { Errors = MapErrors.Collect };
        Function<string, Dictionary<string, int>> count = lease.Function<string, Dictionary<string, int>>(WordCountCode.CountWords);
        await foreach (MapResult<Dictionary<string, int>> file in lease.MapAsCompletedAsync(files, count, options, cancellationToken))
        {
            if (file.Error is null)
            {
                totals.Add(file.Value);
            }
            else if (file.Error.Code == ErrorCode.FunctionFailed)
            {
                totals.AddFailure(); // the file could not be read, which the plain loop must find too
            }
            else
            {
                throw file.Error;
            }

            step();
        }

        return totals;
    }

    /// <summary>Waits until the agent has reported the lease's end: before, its meters may be a second old.</summary>
    private static async Task<UsageView?> ReadUsageAsync(RowenClient client, LeaseId lease, CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            UsageView? usage = (await client.UsageAsync(cancellationToken)).FirstOrDefault(usage => usage.Lease.Id == lease);
            bool isFinal = usage is { Lease.State: LeaseState.Ended, Used.InvocationCount: > 0 };
            if (isFinal || Stopwatch.GetElapsedTime(startedAt) > UsageTimeout)
            {
                return usage;
            }

            await Task.Delay(PollPeriod, TimeProvider.System, cancellationToken);
        }
    }
}
