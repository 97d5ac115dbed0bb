using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rows;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks;

/// <summary>All rows of <c>rowen bench invoke</c>: what Rowen takes, next to what the machine takes at least.</summary>
internal sealed class InvocationBenchmark(InvokeSettings settings, BenchmarkCores cores, BenchmarkProgress progress, SampleFile? samples)
{
    /// <summary>Hot, warm and cold in a few seconds, on a cluster that runs already: what the demo shows.</summary>
    /// <param name="cluster">A private cluster: only there is it known when the pool is full again.</param>
    /// <param name="code">A package with the echo function.</param>
    /// <param name="functionName">The echo function.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    public static async Task<IReadOnlyList<BenchmarkRow>> RunQuicklyAsync(
        BenchmarkCluster cluster, CodePackage code, string functionName, CancellationToken cancellationToken)
    {
        InvokeSettings settings = InvokeSettings.Quick with { Code = code, FunctionName = functionName };
        settings = settings with { DiskFolder = cluster.Folder ?? settings.DiskFolder }; // leaves nothing elsewhere
        var cores = BenchmarkCores.Choose();
        var progress = new BenchmarkProgress(writer: null);
        var rows = new BenchmarkRows(samples: null);
        using FloorSet floors = FloorSet.Start(settings.MaxPayloadBytes, cores, settings.DiskFolder);
        var lanes = new LaneRows(cluster.Client, floors, cores, settings, progress);
        await lanes.AddHotAsync("shm", rows, cancellationToken);
        await lanes.AddWarmAsync("shm", rows, cancellationToken);
        await new LeaseRows(floors, settings, progress).AddColdAsync(
            cluster, "cold-pool", Goal.ColdFromPool, rows, cancellationToken);
        return rows.All;
    }

    /// <summary>Everything.</summary>
    /// <param name="clusterFile">A cluster on this machine to measure; null starts private ones.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    public async Task<BenchmarkReport> RunAsync(string? clusterFile, CancellationToken cancellationToken)
    {
        var rows = new BenchmarkRows(samples);
        using FloorSet floors = FloorSet.Start(settings.MaxPayloadBytes, cores, settings.DiskFolder);
        var leases = new LeaseRows(floors, settings, progress);
        var idle = new List<IdleRow>();
        progress.Say("nothing yet: the cluster starts");
        await using (BenchmarkCluster cluster = await OpenAsync(clusterFile, cancellationToken))
        {
            await AddLaneRowsAsync(new LaneRows(cluster.Client, floors, cores, settings, progress), rows, cancellationToken);
            await AddLeaseRowsAsync(leases, cluster, rows, cancellationToken);
            if (Wants("idle"))
            {
                await AddIdleRowsAsync(cluster, idle, cancellationToken);
            }
        }

        if (clusterFile is null && Wants("cold"))
        {
            await using BenchmarkCluster poolless = await BenchmarkCluster.StartAsync(poolSize: 0, settings.DiskFolder, cancellationToken);
            await leases.AddColdAsync(poolless, "cold-start", Goal.ColdStart, rows, cancellationToken);
        }

        return new BenchmarkReport(MachineFacts.Read(), cores.Caller, cores.Responder, settings.Seed, rows.All, [], idle);
    }

    /// <summary>Many hot calls in a row on one lane, each checked.</summary>
    public async Task<BenchmarkReport> SoakAsync(string? clusterFile, long count, CancellationToken cancellationToken)
    {
        using FloorSet floors = FloorSet.Start(settings.MaxPayloadBytes, cores, settings.DiskFolder);
        await using BenchmarkCluster cluster = await OpenAsync(clusterFile, cancellationToken);
        var lanes = new LaneRows(cluster.Client, floors, cores, settings, progress);
        SoakRow soak = await lanes.SoakAsync(settings.Providers[0], count, cancellationToken);
        return new BenchmarkReport(MachineFacts.Read(), cores.Caller, cores.Responder, settings.Seed, [], [], []) { Soak = soak };
    }

    private async Task AddLaneRowsAsync(LaneRows lanes, BenchmarkRows rows, CancellationToken cancellationToken)
    {
        foreach (string provider in Wants("hot") ? settings.Providers : [])
        {
            await lanes.AddHotAsync(provider, rows, cancellationToken);
        }

        foreach (string provider in Wants("warm") ? settings.Providers : [])
        {
            await lanes.AddWarmAsync(provider, rows, cancellationToken);
        }

        if (Wants("stream") && settings.Providers.Contains("shm"))
        {
            await lanes.AddStreamAsync(rows, cancellationToken);
        }

        if (Wants("lambda") && settings.Providers.Contains("shm"))
        {
            await lanes.AddLambdasAsync(rows, cancellationToken);
        }
    }

    private async Task AddLeaseRowsAsync(LeaseRows leases, BenchmarkCluster cluster, BenchmarkRows rows, CancellationToken cancellationToken)
    {
        if (Wants("cold"))
        {
            await leases.AddColdAsync(cluster, "cold-pool", Goal.ColdFromPool, rows, cancellationToken);
        }

        if (Wants("lease"))
        {
            await leases.AddRoundTripAsync(cluster, rows, cancellationToken);
        }
    }

    private async Task AddIdleRowsAsync(BenchmarkCluster cluster, List<IdleRow> idle, CancellationToken cancellationToken)
    {
        var rows = new IdleRows(settings, progress);
        if (cluster.IsPrivate)
        {
            idle.Add(await rows.MeasureClusterAsync(cluster, cancellationToken));
        }

        idle.Add(await rows.MeasureBlockedCallerAsync(cluster.Client, cancellationToken));
    }

    private bool Wants(string kind) => settings.Rows.Contains(kind);

    private Task<BenchmarkCluster> OpenAsync(string? clusterFile, CancellationToken cancellationToken) => clusterFile is null
        ? BenchmarkCluster.StartAsync(poolSize: 2, settings.DiskFolder, cancellationToken)
        : BenchmarkCluster.ConnectAsync(clusterFile, cancellationToken);
}
