using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.ObjectStorage;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.IntegrationTests.LentMemory;

/// <summary>Memory of a node, leased, read and written by another process.</summary>
public sealed class RemoteMemoryTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private const int Megabyte = 1 << 20;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task What_was_written_is_read_and_the_rest_is_zero(string provider)
    {
        await using RemoteMemory memory = await LeaseAsync(40 * Megabyte, provider);
        await using MemoryRegion region = await memory.AllocateAsync((20 * Megabyte) + 3, cancellationToken: Bound);
        byte[] written = RandomBytes(5 * Megabyte);
        byte[] read = new byte[region.LengthBytes];
        Array.Fill(read, (byte)0xFF);

        region.Write(7 * Megabyte + 1, written);
        region.Write(region.LengthBytes - 3, [1, 2, 3]);
        region.Read(0, read);

        byte[] expected = new byte[region.LengthBytes];
        written.CopyTo(expected, 7 * Megabyte + 1);
        new byte[] { 1, 2, 3 }.CopyTo(expected, expected.Length - 3);
        Assert.Equal([provider], memory.Providers);
        Assert.True(read.AsSpan().SequenceEqual(expected));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Several_buffers_are_written_and_read_as_one_range(string provider)
    {
        await using RemoteMemory memory = await LeaseAsync(4 * Megabyte, provider);
        await using MemoryRegion region = await memory.AllocateAsync(2 * Megabyte, cancellationToken: Bound);
        byte[] first = RandomBytes(100_000);
        byte[] second = RandomBytes(700_001);
        byte[] head = new byte[1];
        byte[] tail = new byte[800_000];

        await region.WriteAsync(11, [first, ReadOnlyMemory<byte>.Empty, second], Bound);
        await region.ReadAsync(11, [head, tail], Bound);

        Assert.Equal([.. first, .. second], (byte[])[.. head, .. tail]);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Bytes_read_and_written_are_in_the_usage_of_the_lease(string provider)
    {
        await using RemoteMemory memory = await LeaseAsync(4 * Megabyte, provider);
        await using MemoryRegion region = await memory.AllocateAsync(Megabyte, cancellationToken: Bound);
        byte[] bytes = new byte[100_000];

        region.Write(0, bytes);
        await region.WriteAsync(5, bytes.AsMemory(0, 77), Bound);
        region.Read(9, bytes.AsSpan(0, 10));
        await region.ReadAsync(0, bytes.AsMemory(0, 20_000), Bound);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Read(Megabyte, bytes));

        await Until.TrueAsync(
            async () => (await cluster.Client.UsageAsync(Bound)).Any(usage => usage.Lease.Id == memory.LeaseIds[0] && usage.Used is { MemoryReadBytes: 20_010, MemoryWrittenBytes: 100_077 }),
            TimeSpan.FromSeconds(60),
            "20,010 bytes read and 100,077 written are counted");
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    public async Task Many_threads_share_a_region(string provider)
    {
        await using RemoteMemory memory = await LeaseAsync(4 * Megabyte, provider);
        await using MemoryRegion region = await memory.AllocateAsync(64 * 1024, cancellationToken: Bound);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() => WriteAndReadOwnPart(region, thread), Bound)));

        byte[] all = new byte[64 * 1024];
        await region.ReadAsync(0, all, Bound);
        Assert.Equal([.. Enumerable.Range(0, all.Length).Select(at => (byte)(200 + (at / 8192)))], all);
    }

    [Fact(Timeout = 120_000)]
    public async Task Range_that_leaves_the_region_is_refused_before_anything_moves()
    {
        await using RemoteMemory memory = await LeaseAsync(Megabyte, "shm");
        await using MemoryRegion region = await memory.AllocateAsync(100, cancellationToken: Bound);

        Assert.Throws<ArgumentOutOfRangeException>(() => region.Write(99, [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Read(-1, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Read(long.MaxValue, new byte[1]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => region.ReadAsync(50, [new byte[25], new byte[26]], Bound).AsTask());
        byte[] all = new byte[100];
        region.Read(0, all);
        Assert.Equal(new byte[100], all);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    public async Task Freed_memory_is_the_leases_again_and_zero(string provider)
    {
        await using RemoteMemory memory = await LeaseAsync(8 * Megabyte, provider);
        MemoryRegion first = await memory.AllocateAsync(8 * Megabyte, cancellationToken: Bound);
        byte[] bytes = RandomBytes(8 * Megabyte);
        first.Write(0, bytes);
        RowenException refused = await Assert.ThrowsAsync<RowenException>(() => memory.AllocateAsync(8 * Megabyte, cancellationToken: Bound));

        await first.DisposeAsync();
        await using MemoryRegion second = await memory.AllocateAsync(8 * Megabyte, cancellationToken: Bound);
        second.Read(0, bytes);

        Assert.Equal(ErrorCode.CapacityExhausted, refused.Code);
        Assert.Contains("8388608 bytes was asked for", refused.Message, StringComparison.Ordinal);
        Assert.True(bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0);
        Assert.Throws<ObjectDisposedException>(() => first.Read(0, bytes));
    }

    [Fact(Timeout = 120_000)]
    public async Task Region_is_a_stream_of_fixed_length()
    {
        await using RemoteMemory memory = await LeaseAsync(Megabyte, "shm");
        await using MemoryRegion region = await memory.AllocateAsync(100_000, cancellationToken: Bound);
        byte[] bytes = RandomBytes(100_000);
        await using Stream stream = region.OpenStream();

        await stream.WriteAsync(bytes, Bound);
        Assert.Throws<IOException>(() => stream.WriteByte(1));
        stream.Seek(-99_999, SeekOrigin.End);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Bound);

        Assert.Equal(bytes[1..], copy.ToArray());
        Assert.Equal((100_000, 100_000), (stream.Length, stream.Position));
        Assert.Equal(0, stream.Read(new byte[1]));
    }

    [Fact(Timeout = 120_000)]
    public async Task Objects_are_put_replaced_listed_and_deleted()
    {
        await using RemoteMemory memory = await LeaseAsync(4 * Megabyte, "shm");
        var store = new MemoryObjectStore(memory);
        byte[] older = RandomBytes(Megabyte);
        byte[] newer = RandomBytes(1_500_000);
        await store.PutAsync("runs/1", new MemoryStream(older), Bound);
        await using Stream open = (await store.OpenAsync("runs/1", Bound))!;

        await store.PutAsync("runs/1", new MemoryStream(newer), Bound);
        await store.PutAsync("runs/2", Stream.Null, Bound);
        await store.PutAsync("other", new MemoryStream([1, 2, 3]), Bound);

        Assert.Equal(older, await ReadAllAsync(open));
        Assert.Equal(newer, await ReadAllAsync((await store.OpenAsync("runs/1", Bound))!));
        Assert.Equal([("runs/1", 1_500_000L), ("runs/2", 0L)], (await store.ListAsync("runs/", Bound)).Select(one => (one.Name, one.LengthBytes)));
        Assert.True(await store.DeleteAsync("runs/1", Bound));
        Assert.False(await store.DeleteAsync("runs/1", Bound));
        Assert.Null(await store.OpenAsync("runs/1", Bound));
        await Assert.ThrowsAsync<ArgumentException>(() => store.PutAsync("a\nb", Stream.Null, Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Memory_is_opened_as_a_store_by_its_uri_and_given_back_with_it()
    {
        await GetEmptyNodeAsync();
        await using (OpenedObjectStore store = await ObjectStoreUri.OpenAsync("rowen-memory:?bytes=1000000", cluster.Client, cancellationToken: Bound))
        {
            await store.PutAsync("a", new MemoryStream([1, 2]), Bound);
            Assert.Equal([1, 2], await ReadAllAsync((await store.OpenAsync("a", Bound))!));
            Assert.Equal(1_000_000, store.Memory!.LengthBytes);
        }

        await GetEmptyNodeAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Lease_holds_memory_of_its_node_and_no_core_until_it_is_given_back()
    {
        NodeView before = await GetEmptyNodeAsync();

        RemoteMemory memory = await LeaseAsync(64 * Megabyte, provider: null);
        NodeView held = Assert.Single(await cluster.Client.NodesAsync(Bound));
        LeaseView view = Assert.Single(await cluster.Client.LeasesAsync(Bound), lease => lease.Id == memory.LeaseIds[0]);
        await memory.DisposeAsync();
        NodeView after = await GetEmptyNodeAsync();

        Assert.Equal((LeaseKind.Memory, 0), (view.Kind, view.Cores));
        Assert.Equal(before.FreeCores, held.FreeCores);
        Assert.Equal(before.FreeMemoryBytes - view.MemoryBytes, held.FreeMemoryBytes);
        Assert.InRange(view.MemoryBytes, 64 * Megabyte, (64 * Megabyte) + MemoryLending.OverheadBytes + (2 * Megabyte));
        Assert.Equal(before.FreeMemoryBytes, after.FreeMemoryBytes);
    }

    [Fact(Timeout = 120_000)]
    public async Task More_than_any_node_has_is_refused_with_what_the_largest_has()
    {
        RowenException refused = await Assert.ThrowsAsync<RowenException>(() => LeaseAsync(1L << 49, provider: null));

        Assert.Equal(ErrorCode.CapacityExhausted, refused.Code);
        Assert.Contains("No node can ever hold 536871041 MiB of memory: the largest, N1 (", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Ask for less.", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Second_copy_without_a_second_node_is_refused_with_the_reason()
    {
        var request = new MemoryRequest { LengthBytes = Megabyte, CopyCount = 2, WhenFull = WhenFull.Fail };

        RowenException refused = await Assert.ThrowsAsync<RowenException>(() => cluster.Client.LeaseMemoryAsync(request, Bound));

        Assert.Equal(ErrorCode.CapacityExhausted, refused.Code);
        Assert.Contains("MiB of memory: 1 of 1, and 2 are asked for.", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await cluster.Client.LeasesAsync(Bound), lease => lease is { Kind: LeaseKind.Memory, State: not LeaseState.Ended });
    }

    /// <summary>An agent confirms the end of a lease a moment after its owner has heard of it.</summary>
    private async Task<NodeView> GetEmptyNodeAsync()
    {
        NodeView node = Assert.Single(await cluster.Client.NodesAsync(Bound));
        await Until.TrueAsync(
            async () => (node = Assert.Single(await cluster.Client.NodesAsync(Bound))) is { LeaseCount: 0, EndedLeaseCount: 0 }, TimeSpan.FromSeconds(30), "no lease was left");
        return node;
    }

    private static void WriteAndReadOwnPart(MemoryRegion region, int thread)
    {
        byte[] own = new byte[8192];
        byte[] read = new byte[8192];
        for (int round = 0; round <= 200; round++)
        {
            Array.Fill(own, (byte)(round == 200 ? 200 + thread : round));
            region.Write(thread * 8192, own);
            region.Read(thread * 8192, read);
            Assert.True(read.AsSpan().SequenceEqual(own), $"thread {thread}, round {round}");
        }
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        await using (stream)
        {
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy, Bound);
            return copy.ToArray();
        }
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(20261121).NextBytes(bytes);
        return bytes;
    }

    private Task<RemoteMemory> LeaseAsync(long lengthBytes, string? provider) =>
        cluster.Client.LeaseMemoryAsync(new MemoryRequest { LengthBytes = lengthBytes, Provider = provider }, Bound);
}
