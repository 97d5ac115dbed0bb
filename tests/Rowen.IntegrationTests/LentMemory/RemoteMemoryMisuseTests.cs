using Rowen.Fabric.Memory;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.LentMemory;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.LentMemory;

/// <summary>Owners of memory that ask too much, give up, or use what is not theirs any more.</summary>
public sealed class RemoteMemoryMisuseTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private const int Megabyte = 1 << 20;
    private const int Kilobyte = 1 << 10;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Key_of_freed_memory_is_worth_nothing_though_another_tenant_has_the_memory_now(string provider)
    {
        await using Lease lease = await LeaseAsync(8 * Megabyte, provider);
        MemoryLane lane = lease.Session.Memory!;
        LentBlock mine = await lane.AllocateAsync(4 * Megabyte, Bound);
        mine.Write(0, Filled(4 * Megabyte, 0xA5));
        var stale = new RemoteBlock(mine.Key, (ulong)MemoryLending.CostOf(4 * Megabyte));
        await mine.FreeAsync();
        await using RemoteMemory theirs = await LeaseMemoryAsync(8 * Megabyte, provider);
        await using MemoryRegion region = await theirs.AllocateAsync(4 * Megabyte, cancellationToken: Bound);
        byte[] found = new byte[4 * Megabyte];
        region.Read(0, found);
        region.Write(0, Filled(4 * Megabyte, 0x11));

        byte[] read = new byte[100];
        RowenException refusedRead = Assert.Throws<RowenException>(() => lane.Transfer.Read(stale, 0, read));
        RowenException refusedWrite = Assert.Throws<RowenException>(() => lane.Transfer.Write(stale, 0, read));

        Assert.True(found.AsSpan().IndexOfAnyExcept((byte)0) < 0, "another tenant found bytes that were not zero");
        Assert.Equal((ErrorCode.StaleMemory, ErrorCode.StaleMemory), (refusedRead.Code, refusedWrite.Code));
        Assert.Equal(new byte[100], read);
        region.Read(0, found);
        Assert.True(found.AsSpan().IndexOfAnyExcept((byte)0x11) < 0, "the other tenant's bytes were changed");
        await (await lane.AllocateAsync(Megabyte, Bound)).FreeAsync(); // the lease goes on
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Key_of_one_lease_opens_nothing_over_another(string provider)
    {
        await using Lease mine = await LeaseAsync(Megabyte, provider);
        await using Lease theirs = await LeaseAsync(Megabyte, provider);
        LentBlock block = await theirs.Session.Memory!.AllocateAsync(100, Bound);

        RowenException refused = Assert.Throws<RowenException>(
            () => mine.Session.Memory!.Transfer.Read(new RemoteBlock(block.Key, 8192), 0, new byte[1]));

        Assert.Equal(ErrorCode.StaleMemory, refused.Code);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Key_of_a_lease_that_has_ended_opens_nothing_any_more(string provider)
    {
        Lease ended = await LeaseAsync(Megabyte, provider);
        LentBlock block = await ended.Session.Memory!.AllocateAsync(4096, Bound);
        block.Write(0, [1, 2, 3]);
        await ended.DisposeAsync();
        await using Lease next = await LeaseAsync(Megabyte, provider);

        RowenException refused = Assert.Throws<RowenException>(
            () => next.Session.Memory!.Transfer.Read(new RemoteBlock(block.Key, 8192), 0, new byte[1]));
        RowenException gone = Assert.Throws<RowenException>(() => block.Read(0, new byte[1]));

        Assert.Equal((ErrorCode.StaleMemory, ErrorCode.LeaseReleased), (refused.Code, gone.Code));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm", 8192)]
    [InlineData("shm", ulong.MaxValue - 3)]
    [InlineData("tcp", 8192)]
    [InlineData("tcp", ulong.MaxValue - 3)]
    [InlineData("tcp", 1UL << 63)]
    [InlineData("ofi", 8192)]
    [InlineData("ofi", ulong.MaxValue - 3)]
    [InlineData("ofi", 1UL << 63)]
    public async Task Owner_that_lies_about_the_size_of_a_block_reaches_nothing_beyond_it(string provider, ulong offset)
    {
        await using Lease lease = await LeaseAsync(Megabyte, provider);
        MemoryLane lane = lease.Session.Memory!;
        LentBlock block = await lane.AllocateAsync(4096, Bound);
        var lie = new RemoteBlock(block.Key, ulong.MaxValue);

        RowenException refusedRead = Assert.Throws<RowenException>(() => lane.Transfer.Read(lie, offset, new byte[3]));
        RowenException refusedWrite = Assert.Throws<RowenException>(() => lane.Transfer.Write(lie, offset, new byte[3]));

        Assert.Equal((ErrorCode.StaleMemory, ErrorCode.StaleMemory), (refusedRead.Code, refusedWrite.Code));
        block.Write(0, [1, 2, 3]);
        byte[] read = new byte[3];
        block.Read(0, read);
        Assert.Equal([1, 2, 3], read);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    public async Task Allocations_that_nobody_waits_for_any_more_leave_nothing_behind(string provider)
    {
        await using RemoteMemory memory = await LeaseMemoryAsync(8 * Megabyte, provider);
        int givenUp = 0;
        while (givenUp < 600) // more than a socket holds open files
        {
            using var soon = new CancellationTokenSource();
            Task<MemoryRegion> allocating = memory.AllocateAsync(4 * Kilobyte, cancellationToken: soon.Token);
            await soon.CancelAsync();
            try
            {
                await (await allocating).DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                givenUp++;
            }
        }

        MemoryRegion? all = null;
        await Until.TrueAsync(async () => (all = await AllocateOrNoneAsync(memory, 8 * Megabyte)) is not null, TimeSpan.FromSeconds(30), "everything was given back");
        await all!.DisposeAsync();
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Storm_of_allocations_and_frees_is_answered_and_leaves_nothing_behind(string provider)
    {
        await using RemoteMemory memory = await LeaseMemoryAsync(8 * Megabyte, provider);

        for (int round = 0; round < 3; round++)
        {
            MemoryRegion[] regions = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => memory.AllocateAsync(4 * Kilobyte, cancellationToken: Bound)));
            await Task.WhenAll(regions.Select(region => region.DisposeAsync().AsTask()));
        }

        await using MemoryRegion all = await memory.AllocateAsync(8 * Megabyte, cancellationToken: Bound);
        Assert.Equal(8 * Megabyte, all.LengthBytes);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Accesses_under_way_when_a_region_is_disposed_are_finished_and_later_ones_are_refused(string provider)
    {
        await using RemoteMemory memory = await LeaseMemoryAsync(32 * Megabyte, provider);
        byte[] expected = Filled(16 * Megabyte, 0x77);
        for (int round = 0; round < 5; round++)
        {
            MemoryRegion region = await memory.AllocateAsync(16 * Megabyte, cancellationToken: Bound);
            region.Write(0, expected);
            Task<int>[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() => ReadUntilDisposed(region, 0x77), Bound, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            await Task.Delay(20, Bound);

            await region.DisposeAsync();

            Assert.All(await Task.WhenAll(readers), count => Assert.True(count >= 0));
        }
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Nothing_can_be_read_and_written_even_at_the_end(string provider)
    {
        await using RemoteMemory memory = await LeaseMemoryAsync(Megabyte, provider);
        await using MemoryRegion region = await memory.AllocateAsync(5, cancellationToken: Bound);

        region.Read(5, []);
        region.Write(5, []);
        await region.ReadAsync(0, Memory<byte>.Empty, Bound);
        await region.WriteAsync(5, ReadOnlyMemory<byte>.Empty, Bound);

        Assert.Throws<ArgumentOutOfRangeException>(() => region.Read(6, []));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => memory.AllocateAsync(0, cancellationToken: Bound));
    }

    private static int ReadUntilDisposed(MemoryRegion region, byte expected)
    {
        byte[] read = new byte[Megabyte];
        for (int count = 0; ; count++)
        {
            try
            {
                region.Read(count % 16 * (long)Megabyte, read);
            }
            catch (ObjectDisposedException)
            {
                return count;
            }

            Assert.True(read.AsSpan().IndexOfAnyExcept(expected) < 0, "a read that was not refused gave wrong bytes");
        }
    }

    private static async Task<MemoryRegion?> AllocateOrNoneAsync(RemoteMemory memory, long lengthBytes)
    {
        try
        {
            return await memory.AllocateAsync(lengthBytes, cancellationToken: Bound);
        }
        catch (RowenException refusal) when (refusal.Code == ErrorCode.CapacityExhausted)
        {
            return null;
        }
    }

    private static byte[] Filled(int count, byte value)
    {
        byte[] bytes = new byte[count];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private Task<RemoteMemory> LeaseMemoryAsync(long lengthBytes, string provider) =>
        cluster.Client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = lengthBytes, Provider = provider }, Bound);

    private Task<Lease> LeaseAsync(long lengthBytes, string provider) =>
        cluster.Client.LeaseAsync(new MemoryRequest { LengthBytes = lengthBytes, Provider = provider }.ToLeaseRequest([]), Bound);
}
