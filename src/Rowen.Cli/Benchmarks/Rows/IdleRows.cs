using System.Diagnostics;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Reports;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>What it costs to wait.</summary>
internal sealed class IdleRows(InvokeSettings settings, BenchmarkProgress progress)
{
    private const double MaxClusterPercent = 1;
    private const double MaxCallerPercent = 0.5; // none but the runtime's own timers

    /// <summary>Manager, agent and pooled executors without any lease.</summary>
    public async Task<IdleRow> MeasureClusterAsync(BenchmarkCluster cluster, CancellationToken cancellationToken)
    {
        progress.Say($"idle cluster, {settings.IdleTime.TotalSeconds:0} s");
        await cluster.WarmUpAsync(settings.WarmUpTime, cancellationToken);
        await Task.Delay(settings.IdleSettleTime, TimeProvider.System, cancellationToken);
        await cluster.WaitUntilQuietAsync(cancellationToken);
        int count = cluster.Processes.Count;
        long startedAt = Stopwatch.GetTimestamp();
        double percent = 100 * await cluster.MeasureShareAsync(settings.IdleTime, cancellationToken);
        return new IdleRow(
            $"manager, agent and pooled executors ({count} processes)",
            Math.Round(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, 2),
            Math.Round(percent, 3),
            "< 1 % of a core",
            percent < MaxClusterPercent);
    }

    /// <summary>A program that waits for a function on a warm lane.</summary>
    public async Task<IdleRow> MeasureBlockedCallerAsync(RowenClient client, CancellationToken cancellationToken)
    {
        progress.Say("a caller blocked on a warm lane");
        using var package = new PausePackage(settings.DiskFolder);
        await using Lease lease = await client.LeaseAsync(
            new LeaseRequest { HotWindow = TimeSpan.Zero, Code = package.Code }, cancellationToken);
        Function pause = lease.Function(PausePackage.FunctionName);
        (double seconds, double percent) = await Task.Factory.StartNew(
            () => Watch(pause), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return new IdleRow(
            "caller blocked on a warm lane", Math.Round(seconds, 2), Math.Round(percent, 3), "none", percent < MaxCallerPercent);
    }

    private static (double Seconds, double Percent) Watch(Function pause)
    {
        pause.Invoke([10], []).ThrowIfFailed(); // what is compiled at the first call is not the cost of waiting
        TimeSpan before = ProcessorClock.UsedBy([Environment.ProcessId]);
        long startedAt = Stopwatch.GetTimestamp();
        pause.Invoke([PausePackage.Longest], []).ThrowIfFailed();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(startedAt);
        return (elapsed.TotalSeconds, 100 * (ProcessorClock.UsedBy([Environment.ProcessId]) - before) / elapsed);
    }
}
