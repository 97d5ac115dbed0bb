using System.Diagnostics;
using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.LentMemory;

/// <summary>Nodes and owners of memory that really die, and leases that are taken back.</summary>
public sealed class RemoteMemoryFaultTests
{
    private const int Megabyte = 1 << 20;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public Task Killed_executor_fails_every_access_within_a_second_and_no_byte_is_wrong(string provider) => Until.ToldAtOnceAsync(async () =>
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 8 * Megabyte, Provider = provider }, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(8 * Megabyte, cancellationToken: Bound);
        Fill(region, 0xA5);
        var reads = new Reading(region, 0xA5);
        await reads.BegunAsync();

        long killedAt = Stopwatch.GetTimestamp();
        foreach (int executor in cluster.Executors())
        {
            ProcessControl.Kill(executor, ProcessSignal.Kill);
        }

        RowenException failure = await reads.Failure;
        TimeSpan told = Stopwatch.GetElapsedTime(killedAt);
        Assert.True(failure.Code is ErrorCode.ExecutorCrashed or ErrorCode.PeerLost, failure.Message); // lost, if the agent had not said why yet
        Assert.Throws<RowenException>(() => region.Write(0, [1]));
        await Assert.ThrowsAsync<RowenException>(() => memory.AllocateAsync(1, cancellationToken: Bound));
        return told;
    });

    [Fact(Timeout = 120_000)]
    public async Task Memory_of_a_killed_owner_is_free_at_once_and_its_lease_when_its_time_is_over()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        using Process owner = StartOwner(cluster, 512 * Megabyte);
        Assert.Equal("holding", await owner.StandardOutput.ReadLineAsync(Bound));
        Assert.True(cluster.Executors().Max(ResidentBytes) > 512 * Megabyte);

        owner.Kill();

        await Until.TrueAsync(
            () => cluster.Executors().Max(ResidentBytes) < 256 * Megabyte, TimeSpan.FromSeconds(30), "the memory was given back");
        Assert.Contains(await client.LeasesAsync(Bound), lease => lease is { Kind: LeaseKind.Memory, State: LeaseState.Active });
        await Until.TrueAsync(
            async () => (await client.NodesAsync(Bound)).All(node => node.FreeMemoryBytes == node.MemoryBytes),
            TimeSpan.FromSeconds(30),
            "the lease expired");
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    public async Task Reader_of_memory_that_is_taken_back_never_sees_its_zeros(string provider)
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        for (int round = 0; round < 5; round++)
        {
            await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 32 * Megabyte, Provider = provider }, Bound);
            await using MemoryRegion region = await memory.AllocateAsync(32 * Megabyte, cancellationToken: Bound);
            Fill(region, 0x5A);
            var reads = new Reading(region, 0x5A);
            await reads.BegunAsync();

            await RevokeAsync(cluster, memory, graceMs: 0);

            Assert.Equal(ErrorCode.LeaseRevoked, (await reads.Failure).Code);
        }
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    public async Task Region_is_striped_over_two_nodes(string provider)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: 2);
        await using RowenClient client = await cluster.ConnectAsync();
        var request = new MemoryRequest { LengthBytes = 8 * Megabyte, NodeCount = 2, StripeBytes = 64 * 1024, Provider = provider };
        await using RemoteMemory memory = await client.LeaseMemoryAsync(request, Bound);
        await using MemoryRegion region = await memory.AllocateAsync((8 * Megabyte) - 5, cancellationToken: Bound);
        byte[] written = new byte[3 * Megabyte];
        new Random(7).NextBytes(written);
        byte[] read = new byte[written.Length];

        await region.WriteAsync(123_457, written, Bound);
        region.Read(123_457, read);
        Assert.True(read.AsSpan().SequenceEqual(written));
        region.Write(777, written);
        await region.ReadAsync(777, read, Bound);

        Assert.True(read.AsSpan().SequenceEqual(written));
        Assert.Equal(["node0", "node1"], memory.NodeNames.Order());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Manager_that_is_killed_under_load_is_not_noticed_and_finds_the_lease_again(string provider)
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = 17 * Megabyte, Provider = provider }, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(16 * Megabyte, cancellationToken: Bound);
        await using CheckedLoad before = CheckedLoad.Start(region, threads: 1);
        await before.SomeMoreAsync("with a manager");

        ProcessControl.Kill(cluster.Manager.Id, ProcessSignal.Kill);
        await cluster.Manager.WaitForExitAsync(Bound);
        await using CheckedLoad without = CheckedLoad.Start(region, threads: 1, firstPart: 1);
        await before.SomeMoreAsync("without a manager");
        await without.SomeMoreAsync("having begun without a manager");
        cluster.StartManager();
        await Until.TrueAsync(() => IsActiveAsync(client, memory.LeaseIds[0]), TimeSpan.FromSeconds(30), "the manager knows the lease again");
        await using MemoryRegion more = await memory.AllocateAsync(Megabyte / 2, cancellationToken: Bound);

        await before.EndAsync();
        await without.EndAsync();
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    public async Task Second_copy_survives_the_death_of_a_node_under_load(string provider)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(agents: 2);
        await using RowenClient client = await cluster.ConnectAsync();
        await using RemoteMemory memory = await client.LeaseMemoryAsync(
            new MemoryRequest { LengthBytes = 16 * Megabyte, CopyCount = 2, Provider = provider }, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(16 * Megabyte, cancellationToken: Bound);
        Assert.False(region.IsAtRisk);
        await using CheckedLoad load = CheckedLoad.Start(region, threads: 4);
        await load.SomeMoreAsync("with both nodes");

        ProcessControl.Kill(cluster.Agent.Id, ProcessSignal.Kill);
        await Until.TrueAsync(() => region.IsAtRisk, TimeSpan.FromSeconds(30), "the loss was noticed");
        await load.SomeMoreAsync("with one node");

        await load.EndAsync();
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    public async Task What_has_a_name_is_kept_when_memory_is_taken_back_and_found_again_under_it(string provider)
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        using var folder = new TemporaryFolder();
        var told = new TaskCompletionSource<MemoryRevocation>();
        var request = new MemoryRequest
        {
            LengthBytes = 32 * Megabyte,
            Provider = provider,
            SpillTo = new Rowen.ObjectStorage.FileObjectStore(folder.Path),
            Revoked = (revocation, _) =>
            {
                told.SetResult(revocation);
                return Task.CompletedTask;
            },
        };
        byte[] contents = new byte[(12 * Megabyte) + 1];
        new Random(3).NextBytes(contents);
        await using RemoteMemory memory = await client.LeaseMemoryAsync(request, Bound);
        await using MemoryRegion region = await memory.AllocateAsync(contents.Length, "results/a", Bound);
        region.Write(0, contents);

        await RevokeAsync(cluster, memory, graceMs: 50_000);
        MemoryRevocation revocation = await told.Task.WaitAsync(TimeSpan.FromSeconds(30), Bound);
        IReadOnlyList<string> kept = await revocation.Kept.WaitAsync(TimeSpan.FromSeconds(30), Bound);
        RowenException refused = Assert.Throws<RowenException>(() => region.Write(0, [1]));
        await Until.TrueAsync(
            async () => (await client.NodesAsync(Bound)).All(node => node.FreeMemoryBytes == node.MemoryBytes),
            TimeSpan.FromSeconds(30),
            "the lease was given back before its grace was over");

        await using RemoteMemory other = await client.LeaseMemoryAsync(request with { Revoked = null }, Bound);
        await using MemoryRegion? restored = await other.RestoreAsync("results/a", Bound);
        byte[] found = new byte[restored!.LengthBytes];
        await restored.ReadAsync(0, found, Bound);
        Assert.Equal(["results/a"], kept);
        Assert.Equal(memory.LeaseIds[0], revocation.Lease);
        Assert.InRange(revocation.Grace.TotalSeconds, 1, 50);
        Assert.True(refused.Code is ErrorCode.LeaseRevoked or ErrorCode.LeaseReleased, refused.Message);
        Assert.True(found.AsSpan().SequenceEqual(contents));
        Assert.Null(await other.RestoreAsync("nothing", Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Owner_copies_out_within_the_grace()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        var copied = new TaskCompletionSource<byte[]>();
        MemoryRegion? region = null;
        await using RemoteMemory memory = await client.LeaseMemoryAsync(
            new MemoryRequest
            {
                LengthBytes = Megabyte,
                Revoked = async (_, graceIsOver) =>
                {
                    byte[] bytes = new byte[3];
                    await region!.ReadAsync(10, bytes, graceIsOver);
                    copied.SetResult(bytes);
                },
            },
            Bound);
        region = await memory.AllocateAsync(100, cancellationToken: Bound);
        region.Write(10, [4, 5, 6]);

        await RevokeAsync(cluster, memory, graceMs: 60_000);

        Assert.Equal([4, 5, 6], await copied.Task.WaitAsync(TimeSpan.FromSeconds(30), Bound));
        await region.DisposeAsync();
    }

    private static async Task RevokeAsync(TestCluster cluster, RemoteMemory memory, long graceMs)
    {
        using var manager = new ManagerClient(ClusterFiles.Read(cluster.ClusterFile), new ManagerClientOptions());
        await manager.RevokeAsync(memory.LeaseIds[0], new RevokeAsk(graceMs, "a batch job wants it"), Bound);
    }

    private static void Fill(MemoryRegion region, byte value)
    {
        byte[] bytes = new byte[Megabyte];
        Array.Fill(bytes, value);
        for (long at = 0; at < region.LengthBytes; at += Megabyte)
        {
            region.Write(at, bytes);
        }
    }

    /// <summary>A thread that reads until that fails, and finds no other byte than it expects.</summary>
    private sealed class Reading
    {
        private readonly MemoryRegion _region;
        private readonly byte _expected;
        private long _count;

        public Reading(MemoryRegion region, byte expected)
        {
            (_region, _expected) = (region, expected);
            Failure = Task.Factory.StartNew(ReadUntilItFails, Bound, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public Task<RowenException> Failure { get; }

        public Task BegunAsync() => Until.TrueAsync(
            () => Volatile.Read(ref _count) > 3 || Failure.IsCompleted, TimeSpan.FromSeconds(30), "the thread reads", pauseMs: 5);

        private RowenException ReadUntilItFails()
        {
            byte[] read = new byte[Megabyte];
            try
            {
                for (long at = 0; ; at = (at + Megabyte) % _region.LengthBytes)
                {
                    _region.Read(at, read);
                    Assert.True(read.AsSpan().IndexOfAnyExcept(_expected) < 0, $"wrong bytes at {at}");
                    Volatile.Write(ref _count, _count + 1);
                }
            }
            catch (RowenException failure)
            {
                return failure;
            }
        }
    }

    private static long ResidentBytes(int process)
    {
        string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(one => one.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture);
    }

    private static Process StartOwner(TestCluster cluster, long lengthBytes)
    {
        string folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Rowen.TestExecutor"));
        string program = Path.Combine(folder, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Rowen.TestExecutor.dll");
        string[] arguments = [program, "hold-memory", cluster.ClusterFile, lengthBytes.ToString(CultureInfo.InvariantCulture)];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("rowen-test-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    /// <summary>False also while there is no manager to ask.</summary>
    private static async Task<bool> IsActiveAsync(RowenClient client, LeaseId id)
    {
        try
        {
            return (await client.LeasesAsync(Bound)).Any(lease => lease.Id == id && lease.State == LeaseState.Active);
        }
        catch (RowenException exception) when (exception.IsRetryable)
        {
            return false;
        }
    }
}
