using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Invocations;

public sealed class UnusedLeaseTests
{
    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Lease_after_one_that_nobody_used_has_its_own_memory_and_not_the_other_s()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1);
        using var manager = new ManagerClient(ClusterFiles.Read(cluster.ClusterFile));
        LeaseView unused = await manager.AskLeaseAsync(new LeaseAsk { MemoryBytes = 200L << 20, MayWait = true }, Bound);
        await manager.GetExecutorAsync(unused.Id, TimeSpan.FromSeconds(20), Bound);
        await manager.ReleaseAsync(unused.Id, Bound);

        await using RowenClient client = await cluster.ConnectAsync();
        var request = new LeaseRequest { MemoryBytes = 1200L << 20, Code = TestPackage.Code };
        await using Lease lease = await client.LeaseAsync(request, Bound);

        Assert.Equal(700, await lease.Function<int, int>(WellBehaved.HoldMebibytes).InvokeAsync(700, cancellationToken: Bound));
    }
}
