using Rowen.ObjectStorage;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>The contract over a real Redis, and what befalls it.</summary>
public sealed class RedisStoreTests : ObjectStoreContractTests
{
    private readonly RedisServer _server = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    protected override async Task<IObjectStore> OpenAsync()
    {
        await _server.StartAsync();
        return RedisObjectStore.Open(_server.Uri, _server.Access());
    }

    [Fact(Timeout = 120_000)]
    public async Task Object_beyond_the_limit_is_refused_before_it_is_sent()
    {
        using var endless = new LongStream((512L << 20) + 1);

        IOException refused = await Assert.ThrowsAnyAsync<IOException>(() => Store.PutAsync("a", endless, Bound));

        Assert.Contains("536870912 at most", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, endless.Position);
    }

    [Fact(Timeout = 120_000)]
    public async Task Wrong_password_is_told_without_any()
    {
        foreach (string? password in new[] { "hunter2", null })
        {
            using RedisObjectStore stranger = RedisObjectStore.Open(_server.Uri, new StoreAccess { Uri = "redis://", Password = password, Retries = 0, File = "/home/me/stores.json" });

            IOException refused = await Assert.ThrowsAnyAsync<IOException>(() => stranger.HeadAsync("a", Bound));

            Assert.Contains("/home/me/stores.json", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Full_server_is_told_and_keeps_what_it_has()
    {
        await _server.KillAsync();
        await _server.StartAsync("maxmemory 8mb\nmaxmemory-policy noeviction");
        await Store.PutAsync("a", new MemoryStream([1]), Bound);

        IOException full = await Assert.ThrowsAnyAsync<IOException>(() => Store.PutAsync("a", new MemoryStream(RandomBytes(20 << 20)), Bound));

        Assert.Contains("is full", full.Message, StringComparison.Ordinal);
        Assert.Equal([1], await ReadAllAsync((await Store.OpenAsync("a", Bound))!));
    }

    [Fact(Timeout = 120_000)]
    public async Task Server_that_is_gone_is_told_after_the_retries_and_found_again_when_it_is_back()
    {
        using RedisObjectStore impatient = RedisObjectStore.Open(_server.Uri, _server.Access(retries: 1));
        await Store.PutAsync("a", new MemoryStream(RandomBytes(30 << 20)), Bound);
        await using Stream open = (await impatient.OpenAsync("a", Bound))!;
        await open.ReadExactlyAsync(new byte[1000], Bound);

        await _server.KillAsync();

        IOException lost = await Assert.ThrowsAnyAsync<IOException>(() => open.CopyToAsync(Stream.Null, Bound));
        Assert.Contains("cannot be reached", lost.Message, StringComparison.Ordinal);
        Task putting = Store.PutAsync("b", new MemoryStream([7]), Bound); // patient
        await _server.StartAsync();
        await putting;
        Assert.Equal([7], await ReadAllAsync((await Store.OpenAsync("b", Bound))!));
    }

    [Fact(Timeout = 120_000)]
    public async Task Nothing_of_an_object_stays_that_was_replaced_or_removed()
    {
        var redis = new ObjectStorageProbe(_server);
        await Store.PutAsync("a", new MemoryStream(RandomBytes(5 << 20)), Bound);
        await Store.PutAsync("a", new MemoryStream(RandomBytes(10)), Bound);
        Assert.Equal(3, await redis.CountKeysAsync(Bound));

        await Store.DeleteAsync("a", Bound);

        Assert.Equal(0, await redis.CountKeysAsync(Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Byte_that_changed_on_the_server_is_told_when_the_whole_is_read_and_nothing_is_copied_of_it()
    {
        byte[] bytes = RandomBytes(5 << 20);
        await Store.PutAsync("a", new MemoryStream(bytes), Bound);
        await new ObjectStorageProbe(_server).DamageAsync(4_500_000, Bound);

        IOException read = await Assert.ThrowsAsync<IOException>(async () => await ReadAllAsync((await Store.OpenAsync("a", Bound))!));
        IOException copied = await Assert.ThrowsAsync<IOException>(() => Store.CopyAsync("a", "b", Bound));
        StoredObject found = (await Store.HeadAsync("a", Bound))!;
        byte[] range = await ReadAllAsync(await Store.OpenRangeAsync(found, 4_499_999, 3, Bound));

        Assert.StartsWith("'a' of redis at ", read.Message, StringComparison.Ordinal);
        Assert.Contains("is damaged: its bytes have another SHA-256 than when it was put. Put it anew.", read.Message, StringComparison.Ordinal);
        Assert.Equal(read.Message, copied.Message);
        Assert.Null(await Store.HeadAsync("b", Bound));
        Assert.Equal([bytes[4_499_999], (byte)(bytes[4_500_000] ^ 1), bytes[4_500_001]], range); // of a part nobody knows the hash
    }

    /// <summary>So many zeros, of which none need be there.</summary>
    private sealed class LongStream(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Position += count;
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
