using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.ObjectStorage;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.LentMemory;

/// <summary>Second copies of memory: lost for good, made anew, taken back.</summary>
public sealed class RemoteMemoryCopyTests
{
    private const int Megabyte = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("shm", 1)]
    [InlineData("tcp", 1)]
    [InlineData("ofi", 1)]
    [InlineData("tcp", 2)]
    public async Task Lost_copy_is_made_anew_under_load_and_the_loss_of_the_other_one_is_survived(string provider, int nodes)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: (2 * nodes) + 1, memory: "400MiB");
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(
            new MemoryRequest { LengthBytes = 18 * Megabyte, CopyCount = 2, NodeCount = nodes, StripeBytes = 65_536, Provider = provider }, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(16 * Megabyte, cancellationToken: Bound);
        await using MemoryRegion small = await memory.AllocateAsync(1, cancellationToken: Bound);
        small.Write(0, [42]);
        await using CheckedLoad load = CheckedLoad.Start(region, threads: 4);
        await load.SomeMoreAsync("with both copies");

        string[] first = [.. memory.NodeNames];
        Kill(cluster, first[0]);
        await Until.TrueAsync(() => memory.NodeNames[0] != first[0] && !region.IsAtRisk && !small.IsAtRisk, Patience, "a new copy was made");
        Kill(cluster, first[nodes]);
        await Until.TrueAsync(() => region.IsAtRisk, Patience, "the second loss was noticed");
        await load.SomeMoreAsync("with the new copy alone");

        await load.EndAsync();
        byte[] read = new byte[1];
        small.Read(0, read);
        Assert.Equal([42], read);
    }

    [Fact(Timeout = 120_000)]
    public async Task Copy_whose_process_died_is_made_anew_on_its_node_if_there_is_no_other()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: 2);
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 4 * Megabyte, CopyCount = 2 }, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(2 * Megabyte, cancellationToken: Bound);
        region.Write(Megabyte, [1, 2, 3]);
        LeaseId[] before = [.. memory.LeaseIds];

        foreach (int executor in cluster.Executors())
        {
            ProcessControl.Kill(executor, ProcessSignal.Kill); // of node0, the pool's included
        }

        await Until.TrueAsync(() => !memory.LeaseIds.SequenceEqual(before) && !region.IsAtRisk, Patience, "a new copy was made");
        int kept = memory.LeaseIds[0] == before[0] ? 0 : 1;
        Kill(cluster, memory.NodeNames[kept]);
        await Until.TrueAsync(() => region.IsAtRisk, Patience, "the second loss was noticed");
        byte[] read = new byte[3];
        region.Read(Megabyte, read);
        Assert.Equal([1, 2, 3], read);
        Assert.Equal(["node0", "node1"], memory.NodeNames.Order());
    }

    [Fact(Timeout = 120_000)]
    public async Task Without_a_second_node_regions_are_at_risk_until_there_is_one()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: 2);
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 4 * Megabyte, CopyCount = 2 }, Bound);
        await using MemoryRegion older = await memory.AllocateAsync(Megabyte, cancellationToken: Bound);
        Kill(cluster, "node0");
        await Until.TrueAsync(() => older.IsAtRisk, Patience, "the loss was noticed");

        await using MemoryRegion newer = await memory.AllocateAsync(Megabyte, cancellationToken: Bound);
        await newer.WriteAsync(5, new byte[] { 7 }, Bound);
        Assert.True(newer.IsAtRisk);
        cluster.StartAgent(cores: 2);

        await Until.TrueAsync(() => !older.IsAtRisk && !newer.IsAtRisk, Patience, "new copies were made");
        Kill(cluster, "node1");
        await Until.TrueAsync(() => older.IsAtRisk, Patience, "the second loss was noticed");
        byte[] read = new byte[1];
        await newer.ReadAsync(5, read, Bound);
        Assert.Equal([7], read);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_has_a_name_is_kept_when_both_copies_are_taken_back()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: 2);
        await using RowenClient client = await cluster.ConnectAsync();
        using var folder = new ResourceManager.TemporaryFolder();
        var request = new MemoryRequest { LengthBytes = 4 * Megabyte, CopyCount = 2, SpillTo = new FileObjectStore(folder.Path) };
        await using RemoteMemory memory = await client.LeaseMemoryAsync(request, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(Megabyte, "both", Bound);
        region.Write(100, [9, 8, 7]);
        LeaseId[] leases = [.. memory.LeaseIds];

        await RevokeAsync(cluster, leases[0]);
        await RevokeAsync(cluster, leases[1]);

        await Until.TrueAsync(async () => (await request.SpillTo.ListAsync(string.Empty, Bound)).Count == 1, Patience, "the region was kept");
        await using Stream kept = (await request.SpillTo.OpenAsync("both", Bound))!;
        kept.Position = 100;
        Assert.Equal((9, 8, 7), (kept.ReadByte(), kept.ReadByte(), kept.ReadByte()));
    }

    [Fact(Timeout = 120_000)]
    public async Task Copy_that_is_taken_back_is_made_on_another_node_at_once()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: 3);
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 4 * Megabyte, CopyCount = 2 }, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(Megabyte, cancellationToken: Bound);
        region.Write(0, [1]);
        string wanted = memory.NodeNames[1];

        await RevokeAsync(cluster, memory.LeaseIds[1]);

        await Until.TrueAsync(() => memory.NodeNames[1] != wanted && !region.IsAtRisk, Patience, "a new copy was made");
        region.Write(1, [2]);
        byte[] read = new byte[2];
        region.Read(0, read);
        Assert.Equal([1, 2], read);
    }

    private static void Kill(TestCluster cluster, string node) =>
        ProcessControl.Kill(cluster.Agents[node[^1] - '0'].Id, ProcessSignal.Kill);

    private static async Task RevokeAsync(TestCluster cluster, LeaseId lease)
    {
        using var manager = new ManagerClient(ClusterFiles.Read(cluster.ClusterFile), new ManagerClientOptions());
        await manager.RevokeAsync(lease, new RevokeAsk(100_000, "a batch job wants it"), Bound);
    }
}
