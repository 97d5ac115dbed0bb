using System.Diagnostics;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Maps;

/// <summary>A map on nodes that batch jobs take again and again, for days.</summary>
public sealed class LostLeaseTests
{
    private const int Losses = 12;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task Map_keeps_nothing_of_the_leases_that_it_lost()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        using var manager = new ManagerClient(ClusterFiles.Read(cluster.ClusterFile));
        using Process run = Start(cluster);
        try
        {
            for (int loss = 0; loss < Losses; loss++)
            {
                LeaseView held = await HeldAsync(manager);
                await manager.RevokeAsync(held.Id, new RevokeAsk(0, "a batch job wants it"), Bound);
            }

            _ = await HeldAsync(manager);
            await Until.TrueAsync(() => LaneThreads(run) <= 2, TimeSpan.FromSeconds(30), "the lanes of lost leases are gone");
        }
        finally
        {
            ProcessControl.Kill(run.Id, ProcessSignal.Kill);
            await run.WaitForExitAsync(Bound);
        }
    }

    private static Process Start(TestCluster cluster)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll"), "run", "--array", "1-1000000", "--", "sleep", "0.05"])
        {
            RedirectStandardInput = true,
        };
        start.Environment["ROWEN_CLUSTER"] = cluster.ClusterFile;
        return Process.Start(start)!;
    }

    /// <summary>A lease on which items have run.</summary>
    private static async Task<LeaseView> HeldAsync(ManagerClient manager)
    {
        LeaseView? held = null;
        await Until.TrueAsync(
            async () => (held = (await manager.GetUsageAsync(Bound)).FirstOrDefault(
                usage => usage.Lease.State == LeaseState.Active && usage.Used.InvocationCount > 0)?.Lease) is not null,
            TimeSpan.FromSeconds(60),
            "items run on a lease");
        return held!;
    }

    private static int LaneThreads(Process process) => Directory.GetDirectories($"/proc/{process.Id}/task").Count(IsLane);

    private static bool IsLane(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).Trim() == "rowen-lane";
        }
        catch (IOException)
        {
            return false; // it has ended meanwhile
        }
    }
}
