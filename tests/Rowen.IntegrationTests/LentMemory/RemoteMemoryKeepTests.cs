using System.Diagnostics;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.ResourceManager;
using Rowen.ObjectStorage;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.LentMemory;

/// <summary>What is kept of memory that is taken back, and what is not.</summary>
public sealed class RemoteMemoryKeepTests : IDisposable
{
    private const int Megabyte = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Full_disk_keeps_what_fits_and_says_what_did_not()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Run("mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "rowen-test", _folder.Path) == 0, "Only root may mount the small file system that this test fills.");
        try
        {
            await using TestCluster cluster = await TestCluster.StartAsync();
            await using RowenClient client = await cluster.ConnectAsync();
            var told = new TaskCompletionSource<MemoryRevocation>();
            await using RemoteMemory memory = await LeaseAsync(client, told);
            await using MemoryRegion large = await memory.AllocateAsync(8 * Megabyte, "a-large", Bound);
            await using MemoryRegion small = await memory.AllocateAsync(3, "b-small", Bound);
            small.Write(0, [1, 2, 3]);

            await RevokeAsync(cluster, memory);
            MemoryRevocation revocation = await told.Task.WaitAsync(Patience, Bound);
            await Assert.ThrowsAsync<StoreFailedException>(() => revocation.Kept.WaitAsync(Patience, Bound));

            var store = new FileObjectStore(_folder.Path);
            Assert.Equal([("b-small", 3L)], (await store.ListAsync(string.Empty, Bound)).Select(one => (one.Name, one.LengthBytes)));
            Assert.Single(Directory.GetFiles(_folder.Path));
        }
        finally
        {
            Assert.Equal(0, Run("umount", _folder.Path));
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Memory_that_is_being_taken_back_is_read_but_gives_nothing_new()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        var refusals = new TaskCompletionSource<(ErrorCode Allocate, ErrorCode Put)>();
        RemoteMemory? memory = null;
        MemoryRegion? region = null;
        byte[] read = new byte[2];
        await using RemoteMemory leased = await client.LeaseMemoryAsync(
            new MemoryRequest
            {
                LengthBytes = 8 * Megabyte,
                SpillTo = new FileObjectStore(_folder.Path),
                Revoked = async (_, _) =>
                {
                    region!.Read(0, read);
                    RowenException allocate = await Assert.ThrowsAsync<RowenException>(() => memory!.AllocateAsync(1, "late", Bound));
                    RowenException put = await Assert.ThrowsAsync<RowenException>(() => new MemoryObjectStore(memory!).PutAsync("late", new MemoryStream([1]), Bound));
                    refusals.SetResult((allocate.Code, put.Code));
                },
            },
            Bound);
        memory = leased;
        region = await memory.AllocateAsync(10, "early", Bound);
        region.Write(0, [5, 6]);

        await RevokeAsync(cluster, memory);

        Assert.Equal((ErrorCode.LeaseRevoked, ErrorCode.LeaseRevoked), await refusals.Task.WaitAsync(Patience, Bound));
        Assert.Equal([5, 6], read);
        await region.DisposeAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Object_that_was_deleted_does_not_come_back_with_those_that_are_kept()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        var told = new TaskCompletionSource<MemoryRevocation>();
        await using RemoteMemory memory = await LeaseAsync(client, told);
        var store = new MemoryObjectStore(memory);
        for (int i = 0; i < 20; i++)
        {
            await store.PutAsync($"deleted/{i}", new MemoryStream([1]), Bound);
        }

        await store.PutAsync("empty", Stream.Null, Bound);
        await store.PutAsync("replaced", new MemoryStream([1]), Bound);
        await store.PutAsync("replaced", new MemoryStream([2, 2]), Bound);
        for (int i = 0; i < 20; i++)
        {
            Assert.True(await store.DeleteAsync($"deleted/{i}", Bound));
        }

        await RevokeAsync(cluster, memory);

        MemoryRevocation revocation = await told.Task.WaitAsync(Patience, Bound);
        Assert.Equal(["empty", "replaced"], await revocation.Kept.WaitAsync(Patience, Bound));
        await Until.TrueAsync(
            async () => (await client.NodesAsync(Bound)).All(node => node.LeaseCount == 0), Patience, "the lease was given back");
        Assert.Equal([("empty", 0L), ("replaced", 2L)], (await store.ListAsync(string.Empty, Bound)).Select(one => (one.Name, one.LengthBytes)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_holders_of_one_name_do_not_disturb_each_other()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await new FileObjectStore(_folder.Path).PutAsync("shared", new MemoryStream([1, 2, 3]), Bound);
        await using RemoteMemory one = await LeaseAsync(client, new());
        await using RemoteMemory other = await LeaseAsync(client, new());
        await using MemoryRegion first = (await one.RestoreAsync("shared", Bound))!;
        await using MemoryRegion second = (await other.RestoreAsync("shared", Bound))!;

        first.Write(0, [9]);
        byte[] read = new byte[3];
        second.Read(0, read);

        Assert.Equal([1, 2, 3], read);
        ArgumentException inUse = await Assert.ThrowsAsync<ArgumentException>(() => one.RestoreAsync("shared", Bound));
        Assert.Contains("There is a region 'shared' already", inUse.Message, StringComparison.Ordinal);
        await using MemoryRegion rest = await one.AllocateAsync(15 * Megabyte, cancellationToken: Bound); // the refused one left nothing behind
    }

    [Fact(Timeout = 120_000)]
    public async Task Regions_smaller_than_a_stripe_use_all_that_was_leased()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: 2);
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 32 * Megabyte, NodeCount = 2 }, Bound);

        List<MemoryRegion> regions = [];
        for (int i = 0; i < 32; i++)
        {
            regions.Add(await memory.AllocateAsync(Megabyte, cancellationToken: Bound));
            regions[i].Write(0, [(byte)i]);
        }

        byte[] read = new byte[1];
        regions[31].Read(0, read);
        Assert.Equal([31], read);
        await Task.WhenAll(regions.Select(region => region.DisposeAsync().AsTask()));
    }

    private Task<RemoteMemory> LeaseAsync(RowenClient client, TaskCompletionSource<MemoryRevocation> told)
    {
        var request = new MemoryRequest
        {
            LengthBytes = 16 * Megabyte,
            SpillTo = new FileObjectStore(_folder.Path),
            Revoked = (revocation, _) =>
            {
                told.SetResult(revocation);
                return Task.CompletedTask;
            },
        };
        return client.LeaseMemoryAsync(request, Bound);
    }

    private static async Task RevokeAsync(TestCluster cluster, RemoteMemory memory)
    {
        using var manager = new ManagerClient(ClusterFiles.Read(cluster.ClusterFile), new ManagerClientOptions());
        await manager.RevokeAsync(memory.LeaseIds[0], new RevokeAsk(100_000, "a batch job wants it"), Bound);
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
