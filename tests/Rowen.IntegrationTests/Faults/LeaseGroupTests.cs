using System.Diagnostics;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Cli;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Faults;

/// <summary>Leases of several nodes, whose agents are processes of their own on this machine.</summary>
public sealed class LeaseGroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Nodes_are_granted_together_work_together_and_lose_one_without_the_others()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1, agents: 3);
        await using RowenClient client = await cluster.ConnectAsync();
        await using LeaseGroup group = await client.LeaseNodesAsync(Request(nodes: 3), Bound);

        Assert.Equal(["node0", "node1", "node2"], group.NodeNames.Order(StringComparer.Ordinal));
        Assert.All(group, part => Assert.Equal("tcp", part.Provider));
        int[] answers = await Task.WhenAll(group.Select(part => part.Function<int, int>("a name of its own").InvokeAsync(5, cancellationToken: Bound).AsTask()));
        Assert.Equal([-5, -5, -5], answers);
        Finished listed = await RowenAsync("leases", "--cluster", cluster.ClusterFile);
        listed.AssertDone();
        Assert.Equal(3, listed.Output.Split($"{group.Id} (3 nodes)").Length - 1);
        await Until.TrueAsync(
            async () => (await client.UsageAsync(Bound)).Count(usage => usage.Used.InvocationCount > 0) == 3, Patience, "each part has its own usage");

        Lease lost = group.Single(part => part.NodeName == "node1");
        ProcessControl.Kill(cluster.Agents[1].Id, ProcessSignal.Kill);
        await Until.TrueAsync(() => group.PartEndedToken.IsCancellationRequested, Patience, "the group hears of its loss");

        Assert.Equal(["node0", "node2"], group.Living.Select(part => part.NodeName).Order(StringComparer.Ordinal));
        answers = await Task.WhenAll(group.Living.Select(part => part.Function<int, int>("a name of its own").InvokeAsync(7, cancellationToken: Bound).AsTask()));
        Assert.Equal([-7, -7], answers);
        await Until.TrueAsync(
            async () => (await client.LeasesAsync(Bound)).Count(lease => lease.Reason.StartsWith($"without {lost.Id} of its group: ", StringComparison.Ordinal)) == 2,
            Patience,
            "the manager tells the other parts");
    }

    [Fact(Timeout = 180_000)]
    public async Task Request_that_waits_holds_nothing_and_one_that_is_content_with_less_gets_what_there_is()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1, agents: 2);
        await using RowenClient client = await cluster.ConnectAsync();
        Lease held = await client.LeaseAsync(new LeaseRequest(), Bound);

        Task<LeaseGroup> both = client.LeaseNodesAsync(Request(nodes: 2), Bound);
        await Until.TrueAsync(
            async () => (await client.LeasesAsync(Bound)).Any(lease => lease is { State: LeaseState.Waiting, Nodes: 2 }), Patience, "the request waits");
        Assert.Equal(1, (await client.NodesAsync(Bound)).Sum(node => node.FreeCores));
        await held.DisposeAsync();
        await using (LeaseGroup group = await both.WaitAsync(Patience, Bound))
        {
            Assert.Equal(2, group.Count);
        }

        await using Lease again = await client.LeaseAsync(new LeaseRequest(), Bound);
        await using LeaseGroup part = await client.LeaseNodesAsync(Request(nodes: 2) with { AtLeast = 1 }, Bound);
        Assert.Single(part);
        Assert.NotEqual(again.NodeName, part[0].NodeName);
    }

    /// <summary>Each took one node and waited for the other, for as long as it might.</summary>
    [Fact(Timeout = 180_000)]
    public async Task Programs_that_want_memory_of_the_same_two_nodes_get_it_one_after_the_other()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1, agents: 2, memory: "512M");
        await using RowenClient one = await cluster.ConnectAsync();
        await using RowenClient other = await cluster.ConnectAsync();

        await Task.WhenAll(TakeTurnsAsync(one), TakeTurnsAsync(other)).WaitAsync(Patience, Bound);

        static async Task TakeTurnsAsync(RowenClient client)
        {
            for (int turn = 0; turn < 3; turn++)
            {
                await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 400 << 20, NodeCount = 2 }, Bound);
                Assert.Equal(2, memory.NodeNames.Distinct().Count());
            }
        }
    }

    private static LeaseRequest Request(int nodes) => new() { Nodes = nodes, Provider = "tcp", Code = TestPackage.Code };

    private static async Task<Finished> RowenAsync(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return await Finished.OfAsync(process, Patience);
    }
}
