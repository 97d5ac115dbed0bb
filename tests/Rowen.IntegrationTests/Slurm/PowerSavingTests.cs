using System.Diagnostics;
using System.Globalization;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>A real Slurm that powers nodes down: no pilot is the reason that one wakes.</summary>
[Collection(SharedSlurm.Name)]
public sealed class PowerSavingTests(SlurmLab lab) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = SlurmLab.Patience;

    public async ValueTask InitializeAsync()
    {
        await lab.ResetAsync();
        await lab.SavePowerAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 600_000)]
    public async Task Nodes_that_are_powered_down_are_not_woken_whatever_waits()
    {
        foreach (string node in new[] { "n3", "n4" })
        {
            await lab.PowerDownAsync(node);
            await lab.UntilPoweredDownAsync(node);
        }

        await using var cluster = await HarvestCluster.StartAsync(lab);
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-100", "--", "sh", "-c", "sleep 0.5; echo {item}"); // for all four, if they were awake
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count == 2, Patience, "the two that are awake have joined");
        (await mapped).AssertDone();

        string code = Path.Combine(Repository.Root, "artifacts", "rowen", "samples", "WordCount");
        Process waiting = cluster.Start("call", "Echo", "--code", code, "--input", "x", "--memory", "256M", "--nodes", "3");
        await Until.TrueAsync(async () => (await cluster.WhyAsync())?.Contains("2 powered down", StringComparison.Ordinal) == true, Patience, "what waits says that two nodes are powered down");
        PrivateHome.Interrupt(waiting);
        _ = await Finished.OfAsync(waiting, Patience);
        waiting.Dispose();

        Assert.Empty(lab.Woken());
        int job = await lab.SubmitAsync("true", ["--partition=batch", "--nodelist=n3"]); // what others may do, and we would see
        await Until.TrueAsync(() => lab.Woken().Contains("n3"), Patience, "a job wakes its node");
        await lab.StartNodeAsync("n3");
        await lab.UntilJobAsync(job, "COMPLETED");
    }

    [Fact(Timeout = 600_000)]
    public async Task Pilot_that_waited_already_wakes_no_node_that_is_powered_down_since()
    {
        Dictionary<string, int> jobs = [];
        foreach (string node in SlurmLab.Nodes)
        {
            jobs[node] = await lab.SubmitAsync("sleep 600", ["--partition=batch", "--exclusive", $"--nodelist={node}"]);
        }

        await using var cluster = await HarvestCluster.StartAsync(lab);
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-4", "--", "true");
        await Until.TrueAsync(async () => (await lab.QueueAsync()).Any(job => job.Partition == "harvest"), Patience, "a pilot waits");

        await lab.PowerDownAsync("n4");
        await Until.TrueAsync(async () => (await cluster.HarvestAsync()).BatchNodes.Any(node => node is { Name: "n4", IsAsleep: true }), Patience, "Rowen knows of it");
        await CancelAsync(jobs["n4"]);
        await lab.UntilPoweredDownAsync("n4");
        await CancelAsync(jobs["n1"]);
        (await mapped).AssertDone();

        Assert.Empty(lab.Woken());
    }

    private async Task CancelAsync(int job) => (await lab.RunAsync("scancel", job.ToString(CultureInfo.InvariantCulture))).AssertDone();
}
