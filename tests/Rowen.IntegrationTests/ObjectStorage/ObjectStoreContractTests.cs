using System.Security.Cryptography;
using Rowen.ObjectStorage;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>What every object store promises.</summary>
public abstract class ObjectStoreContractTests : IAsyncLifetime
{
    private const int Kibibyte = 1 << 10;
    private const int Mebibyte = 1 << 20;

    protected static CancellationToken Bound => TestContext.Current.CancellationToken;

    protected IObjectStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual ValueTask DisposeAsync()
    {
        (Store as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected abstract Task<IObjectStore> OpenAsync();

    [Theory(Timeout = 120_000)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4 * Kibibyte)]
    [InlineData((4 * Mebibyte) + 1)]
    [InlineData((35 * Mebibyte) + 3)]
    public async Task What_was_put_is_got_found_copied_and_removed(int lengthBytes)
    {
        byte[] bytes = RandomBytes(lengthBytes);
        var content = new MemoryStream([1, 2, .. bytes]) { Position = 2 };

        await Store.PutAsync("runs/1", content, Bound);
        await using Stream open = (await Store.OpenAsync("runs/1", Bound))!;

        Assert.Equal(lengthBytes, open.Length);
        AssertSame(bytes, await ReadAllAsync(open));
        StoredObject found = (await Store.HeadAsync("runs/1", Bound))!;
        Assert.Equal(("runs/1", lengthBytes), (found.Name, found.LengthBytes));
        Assert.Equal([found], await Store.ListAsync("runs/", Bound));
        Assert.True(await Store.CopyAsync("runs/1", "copies/1", Bound));
        AssertSame(bytes, await ReadAllAsync((await Store.OpenAsync("copies/1", Bound))!));
        Assert.True(await Store.DeleteAsync("runs/1", Bound));
        Assert.False(await Store.DeleteAsync("runs/1", Bound));
        Assert.Equal(["copies/1"], (await Store.ListAsync(string.Empty, Bound)).Select(one => one.Name));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_is_not_there_is_told_by_none()
    {
        Assert.Null(await Store.OpenAsync("nothing", Bound));
        Assert.Null(await Store.HeadAsync("nothing", Bound));
        Assert.False(await Store.DeleteAsync("nothing", Bound));
        Assert.False(await Store.CopyAsync("nothing", "copy", Bound));
        Assert.Empty(await Store.ListAsync(string.Empty, Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Ranges_are_exact()
    {
        byte[] bytes = RandomBytes(9 * Mebibyte);
        await Store.PutAsync("a", new MemoryStream(bytes), Bound);
        StoredObject found = (await Store.HeadAsync("a", Bound))!;
        foreach ((int offset, int length) in new[] { (0, 0), (0, 1), (bytes.Length - 1, 1), (bytes.Length, 0), (1, bytes.Length - 1), (5_000_000, 100), (4_194_303, 2) })
        {
            await using Stream range = await Store.OpenRangeAsync(found, offset, length, Bound);
            Assert.Equal(length, range.Length);
            AssertSame(bytes[offset..(offset + length)], await ReadAllAsync(range));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.OpenRangeAsync(found, 1, bytes.Length, Bound));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.OpenRangeAsync(found, -1, 1, Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Names_are_taken_as_they_are_and_listed_in_their_order()
    {
        string[] names = ["größe 1/ä+b&c=d %20?#.txt", "a b", "a+b", "a%2Fb", "a/b*c", "z'\"<>\\|", "日本/語", "Z", "\U0001F600", new string('n', 240)];
        foreach (string name in names)
        {
            await Store.PutAsync(name, new MemoryStream([(byte)name.Length]), Bound);
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), (await Store.ListAsync(string.Empty, Bound)).Select(one => one.Name));
        Assert.Equal(["a b", "a%2Fb", "a+b", "a/b*c"], (await Store.ListAsync("a", Bound)).Select(one => one.Name));
        foreach (string name in names)
        {
            Assert.Equal([(byte)name.Length], await ReadAllAsync((await Store.OpenAsync(name, Bound))!));
            Assert.True(await Store.CopyAsync(name, $"copy/{name.Length}", Bound));
            Assert.True(await Store.DeleteAsync(name, Bound));
        }

        foreach (string name in new[] { string.Empty, "../a", "/a", "a//b", "a/", "a\nb", new string('n', 241) })
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutAsync(name, Stream.Null, Bound));
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Reader_of_an_object_that_is_replaced_never_gets_a_mixture()
    {
        byte[] older = RandomBytes(20 * Mebibyte);
        byte[] newer = RandomBytes(20 * Mebibyte);
        await Store.PutAsync("a", new MemoryStream(older), Bound);
        StoredObject found = (await Store.HeadAsync("a", Bound))!;
        await using Stream open = (await Store.OpenAsync("a", Bound))!;
        byte[] first = new byte[Mebibyte];
        await open.ReadExactlyAsync(first, Bound);

        await Store.PutAsync("a", new MemoryStream(newer), Bound);

        try
        {
            AssertSame(older, [.. first, .. await ReadAllAsync(open)]);
        }
        catch (ObjectChangedException)
        {
            // as good
        }

        await Assert.ThrowsAsync<ObjectChangedException>(async () => await ReadAllAsync(await Store.OpenRangeAsync(found, 0, 1, Bound)));
        AssertSame(newer, await ReadAllAsync((await Store.OpenAsync("a", Bound))!));
        Assert.NotEqual(found, await Store.HeadAsync("a", Bound));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(Mebibyte)]
    [InlineData(40 * Mebibyte)]
    public async Task Object_that_could_not_be_read_to_its_end_leaves_the_older_one(int lengthBytes)
    {
        await Store.PutAsync("a", new MemoryStream([1, 2, 3]), Bound);

        await Assert.ThrowsAnyAsync<IOException>(() => Store.PutAsync("a", new FailingStream(lengthBytes), Bound));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync("a", new MemoryStream(new byte[lengthBytes]), cancelled.Token));

        Assert.Equal([1, 2, 3], await ReadAllAsync((await Store.OpenAsync("a", Bound))!));
        Assert.Equal(["a"], (await Store.ListAsync(string.Empty, Bound)).Select(one => one.Name));
    }

    [Fact(Timeout = 120_000)]
    public async Task More_objects_than_a_server_lists_at_once_are_listed()
    {
        string[] names = [.. Enumerable.Range(0, 1_010).Select(i => $"many/{i:D4}")];
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Bound }, async (name, token) =>
            await Store.PutAsync(name, Stream.Null, token));

        Assert.Equal(names, (await Store.ListAsync("many/", Bound)).Select(one => one.Name));
        Assert.Equal(names[100..200], (await Store.ListAsync("many/01", Bound)).Select(one => one.Name));
    }

    protected static byte[] RandomBytes(int count) => RandomNumberGenerator.GetBytes(count);

    protected static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        await using (stream)
        {
            using var all = new MemoryStream();
            await stream.CopyToAsync(all, Bound);
            return all.ToArray();
        }
    }

    /// <summary>Without printing megabytes where they differ.</summary>
    protected static void AssertSame(byte[] expected, byte[] actual) =>
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"{actual.Length} bytes are not the {expected.Length} that were put");

    /// <summary>Knows its length, and fails in its middle.</summary>
    private sealed class FailingStream(int lengthBytes) : Stream
    {
        private readonly int _readable = lengthBytes / 2;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => lengthBytes;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int given = Math.Min(count, _readable - (int)Position);
            Position += given > 0 ? given : throw new IOException("the disk of the source failed");
            return given;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
