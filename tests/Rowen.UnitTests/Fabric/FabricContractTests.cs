using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;

namespace Rowen.UnitTests.Fabric;

/// <summary>What every provider promises. Linked into the integration tests, where the real providers keep it.</summary>
public abstract class FabricContractTests
{
    private const MemoryAccess ReadWrite = MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite;
    private const ulong BlockBytes = 8192;
    private const ulong LargeBytes = 3 << 20;

    /// <summary>Whether a peer can be kept from what it has been given once: impossible where it maps the memory.</summary>
    protected virtual bool CanRevoke => true;

    /// <summary>Whether the hot path is free of allocation; a simulation's need not be.</summary>
    protected virtual bool IsAllocationFree => true;

    protected abstract FabricProvider Provider { get; }

    /// <summary>Connects two endpoints, the first of which opens.</summary>
    protected abstract (FabricConnection Initiator, FabricConnection Acceptor) Connect(
        FabricEndpoint initiator, FabricEndpoint acceptor);

    /// <summary>Opens an endpoint of the side that opens connections.</summary>
    protected virtual FabricEndpoint OpenNear() => Provider.OpenEndpoint(new EndpointOptions());

    /// <summary>Opens an endpoint of the side that accepts them, which may be in another place.</summary>
    protected virtual FabricEndpoint OpenFar() => Provider.OpenEndpoint(new EndpointOptions());

    protected FabricPair Open()
    {
        FabricEndpoint near = OpenNear();
        FabricEndpoint far = OpenFar();
        (FabricConnection nearEnd, FabricConnection farEnd) = Connect(near, far);
        return new FabricPair(near, far, nearEnd, farEnd);
    }

    [Fact]
    public void Notification_vouches_for_its_own_write()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 100, remote, 4000, 1000, 0xdeadbeef));

        Assert.Equal(new Completion(CompletionKind.Notified, 0xdeadbeef, FabricPair.FarTag, 0), pair.TakeFar());
        Assert.Equal(local.Slice(100, 1000), memory.Slice(4000, 1000));
        Assert.False(memory.Slice(0, 4000).ContainsAnyExcept((byte)0));
        Assert.False(memory.Slice(5000, 3192).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Either_side_writes()
    {
        using FabricPair pair = Open();
        RegisteredMemory memory = pair.Near.Register(BlockBytes, MemoryAccess.RemoteWrite);
        RemoteBlock remote = pair.NearEnd.Share(memory);
        RegisteredMemory local = Filled(pair.Far, 64);

        Assert.Equal(FabricStatus.Ok, pair.FarEnd.TryWriteNotify(local, 0, remote, 0, 64, 5));

        Assert.Equal(new Completion(CompletionKind.Notified, 5, FabricPair.NearTag, 0), pair.TakeNear());
        Assert.Equal(local.Slice(0, 64), memory.Slice(0, 64));
    }

    [Fact]
    public void Write_completes_with_its_cookie()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWrite(local, 0, remote, 0, BlockBytes, ulong.MaxValue - 1));

        Assert.Equal(new Completion(CompletionKind.Written, 0, FabricPair.NearTag, ulong.MaxValue - 1), pair.TakeNear());
        pair.Settle();
        Assert.True(pair.IsQuiet);
        Assert.Equal(local.Slice(0, (int)BlockBytes), memory.Slice(0, (int)BlockBytes));
    }

    [Fact]
    public void Write_without_a_cookie_completes_in_silence()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWrite(local, 0, remote, 0, 10, 0));
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWrite(local, 0, remote, 0, 10, 1));

        Assert.Equal(1UL, pair.TakeNear().Cookie);
        pair.Settle();
        Assert.True(pair.IsQuiet);
    }

    [Fact]
    public void Read_brings_the_peers_bytes()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteRead);
        Fill(memory, BlockBytes);
        RegisteredMemory local = pair.Near.Register(BlockBytes, MemoryAccess.None);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 7, remote, 1000, 5000, 9));

        Assert.Equal(new Completion(CompletionKind.Read, 0, FabricPair.NearTag, 9), pair.TakeNear());
        Assert.Equal(memory.Slice(1000, 5000), local.Slice(7, 5000));
    }

    [Fact]
    public void Nothing_is_an_allowed_length()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory local = pair.Near.Register(BlockBytes, MemoryAccess.None);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, BlockBytes, remote, BlockBytes, 0, 3));
        Assert.Equal(3U, pair.TakeFar().Immediate);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWrite(local, 0, remote, 0, 0, 4));
        Assert.Equal(new Completion(CompletionKind.Written, 0, FabricPair.NearTag, 4), pair.TakeNear());
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 0, remote, 0, 0, 5));
        Assert.Equal(new Completion(CompletionKind.Read, 0, FabricPair.NearTag, 5), pair.TakeNear());
    }

    [Fact]
    public void Borrowed_bytes_are_written_and_read_where_they_lie()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        byte[] written = new byte[BlockBytes];
        new Random(1).NextBytes(written);
        byte[] read = new byte[BlockBytes];

        bool isLent = pair.Near.TryBorrow(written, pair, (local, ends) =>
        {
            Assert.Equal(FabricStatus.Ok, ends.NearEnd.TryWrite(local, 0, remote, 0, BlockBytes, 1));
            Assert.Equal(new Completion(CompletionKind.Written, 0, FabricPair.NearTag, 1), ends.TakeNear());
        });

        Assert.SkipUnless(isLent, "This fabric wants memory of its own.");
        Assert.True(pair.Near.TryBorrow(read, pair, (local, ends) =>
        {
            Assert.Equal(FabricStatus.Ok, ends.NearEnd.TryRead(local, 0, remote, 0, BlockBytes, 2));
            Assert.Equal(new Completion(CompletionKind.Read, 0, FabricPair.NearTag, 2), ends.TakeNear());
        }));
        Assert.Equal(written, read);
        Assert.False(pair.NearEnd.IsLost);
    }

    [Fact]
    public void Operation_that_would_outlive_the_bytes_it_borrowed_is_broken_off_with_its_connection()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);

        bool isLent = pair.Near.TryBorrow(
            new byte[BlockBytes], pair, (local, ends) => Assert.Equal(FabricStatus.Ok, ends.NearEnd.TryRead(local, 0, remote, 0, BlockBytes, 1)));

        Assert.SkipUnless(isLent, "This fabric wants memory of its own.");
        Assert.True(pair.NearEnd.IsLost);
        Assert.Equal(CompletionKind.PeerLost, pair.TakeNear().Kind);
    }

    [Theory]
    [InlineData(BlockBytes, 0, 1)]
    [InlineData(0, BlockBytes, 1)]
    [InlineData(1, 0, BlockBytes)]
    [InlineData(0, 1, BlockBytes)]
    [InlineData(ulong.MaxValue, 0, 2)]
    [InlineData(0, ulong.MaxValue, 2)]
    [InlineData(2, 2, ulong.MaxValue - 1)]
    public void Ranges_that_leave_the_memory_throw(ulong localOffset, ulong remoteOffset, ulong lengthBytes)
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory local = pair.Near.Register(BlockBytes, MemoryAccess.None);

        Assert.Throws<ArgumentOutOfRangeException>(
            () => pair.NearEnd.TryWrite(local, localOffset, remote, remoteOffset, lengthBytes, 1));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => pair.NearEnd.TryWriteNotify(local, localOffset, remote, remoteOffset, lengthBytes, 1));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => pair.NearEnd.TryRead(local, localOffset, remote, remoteOffset, lengthBytes, 1));
        pair.Settle();
        Assert.True(pair.IsQuiet);
    }

    [Fact]
    public void Wrong_key_is_refused_and_the_connection_lives_on()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        AssertRefused(pair, remote with { Key = remote.Key ^ 2 });
        AssertStillWorks(pair, memory, remote);
    }

    [Fact]
    public void Memory_that_was_not_shared_is_refused()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory unshared = pair.Far.Register(BlockBytes, ReadWrite);
        AssertRefused(pair, unshared.Descriptor);
        AssertStillWorks(pair, memory, remote);
    }

    [Fact]
    public void Memory_shared_on_one_connection_is_refused_on_another()
    {
        using FabricPair pair = Open();
        FabricEndpoint third = OpenNear();
        (FabricConnection thirdEnd, FabricConnection farThirdEnd) = Connect(third, pair.Far);
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory foreign = pair.Far.Register(BlockBytes, ReadWrite);
        RemoteBlock foreignRemote = farThirdEnd.Share(foreign);

        AssertRefused(pair, foreignRemote);

        AssertStillWorks(pair, memory, remote);
        thirdEnd.Dispose();
        farThirdEnd.Dispose();
        third.Dispose();
    }

    [Fact]
    public void More_than_was_shared_is_refused()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory local = pair.Near.Register(4 * BlockBytes, MemoryAccess.None);
        RemoteBlock more = remote with { LengthBytes = 4 * BlockBytes };

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWrite(local, 0, more, 0, (2 * BlockBytes) + 1, 1));

        Assert.Equal(new Completion(CompletionKind.Refused, 0, FabricPair.NearTag, 1), pair.TakeNear());
        AssertStillWorks(pair, memory, remote);
    }

    [Fact]
    public void Writing_without_access_is_refused()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteRead);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWrite(local, 0, remote, 0, 10, 1));

        Assert.Equal(new Completion(CompletionKind.Refused, 0, FabricPair.NearTag, 1), pair.TakeNear());
        Assert.False(memory.Slice(0, (int)BlockBytes).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Reading_without_access_is_refused()
    {
        Assert.SkipUnless(CanRevoke, "Where the peer maps memory, writing includes reading.");
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = pair.Near.Register(BlockBytes, MemoryAccess.None);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 0, remote, 0, 10, 1));

        Assert.Equal(new Completion(CompletionKind.Refused, 0, FabricPair.NearTag, 1), pair.TakeNear());
    }

    [Fact]
    public void Revoked_memory_is_refused()
    {
        Assert.SkipUnless(CanRevoke, "What a peer has mapped, it keeps until the memory is given back.");
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        (RegisteredMemory other, RemoteBlock otherRemote) = pair.ShareFar(BlockBytes, ReadWrite);
        AssertStillWorks(pair, memory, remote);

        pair.FarEnd.Revoke(memory);

        AssertRefused(pair, remote);
        AssertStillWorks(pair, other, otherRemote);
    }

    [Fact]
    public void Memory_given_back_is_refused()
    {
        Assert.SkipUnless(CanRevoke, "What a peer has mapped, it keeps; the pages are empty.");
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        (RegisteredMemory other, RemoteBlock otherRemote) = pair.ShareFar(BlockBytes, ReadWrite);

        memory.Return();

        AssertRefused(pair, remote);
        AssertStillWorks(pair, other, otherRemote);
    }

    [Fact]
    public void Memory_is_zeroed_aligned_and_counted()
    {
        using FabricEndpoint endpoint = OpenNear();

        RegisteredMemory first = endpoint.Register(5000, MemoryAccess.None);
        RegisteredMemory second = endpoint.Register(1, MemoryAccess.None);

        Assert.Equal(2, endpoint.OutstandingMemoryCount);
        Assert.Equal(5000UL, first.LengthBytes);
        Assert.Equal(0, first.AddressOf(0, 5000) % 4096);
        Assert.False(first.Slice(0, 5000).ContainsAnyExcept((byte)0));
        first.Return();
        Assert.Equal(1, endpoint.OutstandingMemoryCount);
        second.Return();
        Assert.Equal(0, endpoint.OutstandingMemoryCount);
    }

    [Fact]
    public void Misuse_of_memory_fails_loudly()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory local = pair.Near.Register(BlockBytes, MemoryAccess.None);
        local.Return();

        Assert.Throws<InvalidOperationException>(local.Return);
        Assert.Throws<ObjectDisposedException>(() => local.Slice(0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => local.AddressOf(0, 1));
        Assert.Throws<ObjectDisposedException>(() => pair.NearEnd.TryWrite(local, 0, remote, 0, 1, 1));
        Assert.Throws<ObjectDisposedException>(() => pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 1, 1));
        Assert.Throws<ObjectDisposedException>(() => pair.NearEnd.TryRead(local, 0, remote, 0, 1, 1));
        Assert.Throws<ArgumentException>(() => pair.NearEnd.Share(local));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Near.Register(0, MemoryAccess.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Near.Register((1UL << 40) + 1, MemoryAccess.None));
    }

    [Fact]
    public void Memory_of_another_endpoint_cannot_be_shared()
    {
        using FabricPair pair = Open();
        RegisteredMemory foreign = pair.Far.Register(BlockBytes, ReadWrite);

        Assert.Throws<ArgumentException>(() => pair.NearEnd.Share(foreign));
    }

    [Fact]
    public void Full_queues_say_again_and_recover()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        uint sent = 0;
        while (sent < 1_000_000 && pair.NearEnd.TryWriteNotify(local, 0, remote, 0, BlockBytes, sent) == FabricStatus.Ok)
        {
            sent++;
        }

        Assert.InRange(sent, 2U, 999_999U);
        var arrived = new List<uint>();
        for (uint i = 0; i < sent; i++)
        {
            arrived.Add(pair.TakeFar().Immediate);
        }

        arrived.Sort();
        Assert.Equal(Enumerable.Range(0, (int)sent).Select(number => (uint)number), arrived);
        FabricStatus status; // a write has arrived before its sender knows that it is over
        for (int polls = 0; (status = pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 10, uint.MaxValue)) == FabricStatus.Again && polls < FabricPair.MaxPolls; polls++)
        {
            pair.PollBoth();
        }

        Assert.Equal(FabricStatus.Ok, status);
        Assert.Equal(uint.MaxValue, pair.TakeFar().Immediate);
    }

    [Fact]
    public void Notifications_that_nobody_takes_end_with_their_connection()
    {
        using FabricPair pair = Open();
        StartWrites(pair, count: 8);
        for (int polls = 0; polls < 2000; polls++)
        {
            pair.Near.Poll(new Completion[1]); // so that they leave, while the far side looks at none
        }

        pair.FarEnd.Dispose();
        pair.NearEnd.Dispose();

        using FabricPair again = Open();
        (RegisteredMemory memory, RemoteBlock remote) = again.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        AssertStillWorks(again, memory, remote);
    }

    [Fact]
    public void Reads_beyond_the_bound_say_again_and_recover()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteRead);
        RegisteredMemory local = pair.Near.Register(BlockBytes, MemoryAccess.None);
        ulong started = 0;
        while (started < 1000 && pair.NearEnd.TryRead(local, 0, remote, 0, 100, started + 1) == FabricStatus.Ok)
        {
            started++;
        }

        Assert.InRange(started, 2UL, 1000UL);
        for (ulong i = 0; i < started; i++)
        {
            Assert.Equal(CompletionKind.Read, pair.TakeNear().Kind);
        }

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 0, remote, 0, 100, 7777));
        Assert.Equal(7777UL, pair.TakeNear().Cookie);
    }

    [Fact]
    public void Few_completions_at_a_time_lose_none()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        for (uint i = 0; i < 10; i++)
        {
            Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 100, i));
        }

        var arrived = new List<uint>();
        Completion[] one = new Completion[1];
        for (int polls = 0; polls < 1_000_000 && arrived.Count < 10; polls++)
        {
            if (pair.Far.Poll(one) == 1)
            {
                arrived.Add(one[0].Immediate);
            }
        }

        arrived.Sort();
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], arrived);
    }

    [Fact]
    public void Megabytes_arrive_whole_both_ways()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(LargeBytes, ReadWrite);
        RegisteredMemory local = Filled(pair.Near, LargeBytes);
        RegisteredMemory back = pair.Near.Register(LargeBytes, MemoryAccess.None);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, LargeBytes, 1));
        Assert.Equal(1U, pair.TakeFar().Immediate);
        Assert.Equal(local.Slice(0, (int)LargeBytes), memory.Slice(0, (int)LargeBytes));

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(back, 0, remote, 0, LargeBytes, 2));
        Assert.Equal(CompletionKind.Read, pair.TakeNear().Kind);
        Assert.Equal(memory.Slice(0, (int)LargeBytes), back.Slice(0, (int)LargeBytes));
    }

    [Fact]
    public void Offsets_beyond_four_gibibytes_are_meant()
    {
        const ulong size = 5UL << 30; // untouched pages cost nothing
        const ulong offset = (4UL << 30) + 12_345;
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(size, ReadWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        RegisteredMemory back = pair.Near.Register(BlockBytes, MemoryAccess.None);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, offset, BlockBytes, 1));
        Assert.Equal(1U, pair.TakeFar().Immediate);
        Assert.Equal(local.Slice(0, (int)BlockBytes), memory.Slice(offset, (int)BlockBytes));
        Assert.False(memory.Slice(offset - (4UL << 30), (int)BlockBytes).ContainsAnyExcept((byte)0));

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(back, 0, remote, offset, BlockBytes, 2));
        Assert.Equal(CompletionKind.Read, pair.TakeNear().Kind);
        Assert.Equal(local.Slice(0, (int)BlockBytes), back.Slice(0, (int)BlockBytes));
    }

    [Fact]
    public void Large_refused_write_is_skipped_whole()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(LargeBytes, ReadWrite);
        RegisteredMemory local = Filled(pair.Near, LargeBytes);

        Assert.Equal(
            FabricStatus.Ok,
            pair.NearEnd.TryWrite(local, 0, remote with { Key = remote.Key ^ 4 }, 0, LargeBytes, 1));

        Assert.Equal(new Completion(CompletionKind.Refused, 0, FabricPair.NearTag, 1), pair.TakeNear());
        AssertStillWorks(pair, memory, remote);
    }

    [Fact]
    public void Broken_connection_reports_the_loss_once()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        Assert.False(pair.NearEnd.IsLost);

        pair.NearEnd.Break();
        pair.NearEnd.Break();

        Assert.True(pair.NearEnd.IsLost);
        Assert.Equal(new Completion(CompletionKind.PeerLost, 0, FabricPair.NearTag, 0), pair.TakeNear());
        Assert.Equal(FabricStatus.Lost, pair.NearEnd.TryWrite(local, 0, remote, 0, 1, 1));
        Assert.Equal(FabricStatus.Lost, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 1, 1));
        Assert.Equal(FabricStatus.Lost, pair.NearEnd.TryRead(local, 0, remote, 0, 1, 1));
        pair.NearEnd.Break();
        pair.Settle();
        Assert.True(pair.IsQuiet);
    }

    [Fact]
    public void Mapped_memory_is_the_peers_memory()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        if (pair.NearEnd.MapOrNone(remote) is not { } mapped)
        {
            return; // this provider moves bytes
        }

        mapped.Slice(50, 3).Fill(7);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(mapped, 50, remote, 50, 3, 1));

        Assert.Equal(1U, pair.TakeFar().Immediate);
        Assert.Equal([0, 7, 7, 7, 0], memory.Slice(49, 5).ToArray());
        memory.Slice(60, 1)[0] = 9;
        Assert.Equal(9, mapped.Slice(60, 1)[0]);
    }

    [Fact]
    public void Mapping_what_was_not_shared_fails_or_gives_nothing()
    {
        using FabricPair pair = Open();
        RegisteredMemory unshared = pair.Far.Register(BlockBytes, ReadWrite);
        bool isRefused = false;
        try
        {
            isRefused = pair.NearEnd.MapOrNone(unshared.Descriptor) is null;
        }
        catch (IOException)
        {
            isRefused = true;
        }

        Assert.True(isRefused);
    }

    [Fact]
    public void Hot_path_allocates_nothing()
    {
        Assert.SkipUnless(IsAllocationFree, "The simulation's events are objects.");
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, ReadWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        Completion[] completions = new Completion[4];
        RoundTrips(pair, local, remote, completions);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int failures = RoundTrips(pair, local, remote, completions);
        long after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(0, failures);
        Assert.Equal(before, after);
    }

    [Fact]
    public void One_endpoint_tells_its_connections_apart()
    {
        const int count = 12;
        using FabricPair pair = Open();
        var others = new List<(FabricEndpoint Endpoint, FabricConnection End, FabricConnection FarEnd)>();
        for (int i = 0; i < count; i++)
        {
            FabricEndpoint endpoint = OpenNear();
            (FabricConnection end, FabricConnection farEnd) = Connect(endpoint, pair.Far);
            farEnd.Tag = 100 + i;
            others.Add((endpoint, end, farEnd));
        }

        RegisteredMemory memory = pair.Far.Register(BlockBytes, MemoryAccess.RemoteWrite);
        for (int i = 0; i < count; i++)
        {
            RegisteredMemory local = Filled(others[i].Endpoint, 64);
            RemoteBlock remote = others[i].FarEnd.Share(memory);
            Assert.Equal(FabricStatus.Ok, others[i].End.TryWriteNotify(local, 0, remote, 0, 64, (uint)i));
        }

        var arrived = new List<(int Tag, uint Immediate)>();
        for (int i = 0; i < count; i++)
        {
            Completion completion = pair.TakeFar();
            arrived.Add((completion.Tag, completion.Immediate));
        }

        arrived.Sort();
        Assert.Equal(Enumerable.Range(0, count).Select(i => (100 + i, (uint)i)), arrived);
        foreach ((FabricEndpoint endpoint, FabricConnection end, FabricConnection farEnd) in others)
        {
            end.Dispose();
            farEnd.Dispose();
            endpoint.Dispose();
        }
    }

    [Fact]
    public void Address_is_short_and_a_strangers_is_refused()
    {
        using FabricEndpoint endpoint = OpenNear();
        byte[] token = new byte[ConnectRequest.TokenSizeBytes];

        Assert.InRange(endpoint.Address.Length, 1, 256);
        Assert.Throws<ArgumentException>(
            () => endpoint.Connect(new ConnectRequest(Array.Empty<byte>(), token, IsInitiator: true, TimeSpan.FromSeconds(1))));
        Assert.Throws<ArgumentException>(
            () => endpoint.Connect(new ConnectRequest(new byte[300], token, IsInitiator: true, TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void Wake_ends_the_next_wait()
    {
        using FabricPair pair = Open();

        pair.Near.Wake();

        Assert.True(pair.Near.Wait(TimeSpan.FromSeconds(30)));
        Assert.False(pair.Near.Wait(TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public void Wait_sees_what_has_arrived()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 1, 1));
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 1, 2));

        Completion[] one = new Completion[1];
        Assert.True(pair.Far.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, pair.Far.Poll(one));
        Assert.True(pair.Far.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, pair.Far.Poll(one));
    }

    protected static RegisteredMemory Filled(FabricEndpoint endpoint, ulong lengthBytes)
    {
        RegisteredMemory memory = endpoint.Register(lengthBytes, MemoryAccess.None);
        Fill(memory, lengthBytes);
        return memory;
    }

    /// <summary>Notifications from near to far, as many as one may start without a poll.</summary>
    protected static void StartWrites(FabricPair pair, uint count)
    {
        (_, RemoteBlock remote) = pair.ShareFar(BlockBytes, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        for (uint i = 0; i < count; i++)
        {
            Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, BlockBytes, i));
        }
    }

    private static void Fill(RegisteredMemory memory, ulong lengthBytes) =>
        new Random(1).NextBytes(memory.Slice(0, (int)lengthBytes));

    private static void AssertRefused(FabricPair pair, RemoteBlock remote)
    {
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        var refused = new Completion(CompletionKind.Refused, 0, FabricPair.NearTag, 1);
        pair.Near.Wait(TimeSpan.FromMilliseconds(1)); // the news is on its way

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWrite(local, 0, remote, 0, 10, 1));
        Assert.Equal(refused, pair.TakeNear());
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 0, remote, 0, 10, 1));
        Assert.Equal(refused, pair.TakeNear());
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 10, 1));
        Assert.Equal(refused with { Cookie = ulong.MaxValue }, pair.TakeNear());
        pair.Settle();
        Assert.True(pair.IsQuiet);
        local.Return();
    }

    private static void AssertStillWorks(FabricPair pair, RegisteredMemory memory, RemoteBlock remote)
    {
        RegisteredMemory local = Filled(pair.Near, BlockBytes);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, BlockBytes, 77));
        Assert.Equal(77U, pair.TakeFar().Immediate);
        Assert.Equal(local.Slice(0, (int)BlockBytes), memory.Slice(0, (int)BlockBytes));
        local.Return();
    }

    private static int RoundTrips(FabricPair pair, RegisteredMemory local, RemoteBlock remote, Completion[] completions)
    {
        int failures = 0;
        for (uint i = 0; i < 1000; i++)
        {
            failures += pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 1024, i) == FabricStatus.Ok ? 0 : 1;
            failures += Await(pair.Near, pair.Far, completions).Immediate == i ? 0 : 1;
            failures += pair.NearEnd.TryRead(local, 0, remote, 0, 1024, i + 1UL) == FabricStatus.Ok ? 0 : 1;
            failures += Await(pair.Far, pair.Near, completions).Cookie == i + 1UL ? 0 : 1;
        }

        return failures;
    }

    private static Completion Await(FabricEndpoint other, FabricEndpoint endpoint, Completion[] completions)
    {
        for (int polls = 0; polls < 1_000_000; polls++)
        {
            if (endpoint.Poll(completions) > 0)
            {
                return completions[0];
            }

            other.Poll(completions.AsSpan(1));
        }

        return default;
    }
}
