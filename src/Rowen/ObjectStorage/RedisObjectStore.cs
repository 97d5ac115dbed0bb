using System.Security.Cryptography;
using System.Text;
using Rowen.ObjectStorage.Redis;

namespace Rowen.ObjectStorage;

/// <summary>Objects of up to 512 MiB in a Redis server (<c>redis:</c>), over a client of our own.</summary>
/// <remarks>
/// Under a prefix there are three kinds of keys, in one slot of a Redis Cluster: <c>{prefix}:names</c> (a sorted set), <c>{prefix}:objects</c> (a hash of names to
/// <c>blob:length:sha256</c>) and <c>{prefix}:blob:…</c>, one for each put. An object's blob is written first, with an expiry, and then named by a script, which
/// removes the older one: a program that dies leaves nothing, and readers of the older one learn that it is gone.
/// </remarks>
internal sealed class RedisObjectStore : IObjectStore, IDisposable
{
    private const int MaxObjectBytes = 512 << 20;
    private const int PieceBytes = 4 << 20;
    private const int ListAtOnce = 1_000;

    /// <summary>Longer than the largest object takes over the slowest network that anybody would use Redis over.</summary>
    private const int UnnamedSeconds = 3_600;

    // KEYS: objects, names, blob. ARGV: name, entry, prefix of blobs. Running it twice does the same as once.
    private const string NameIt = """
        if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
        local old = redis.call('HGET', KEYS[1], ARGV[1])
        redis.call('PERSIST', KEYS[3])
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
        redis.call('ZADD', KEYS[2], 0, ARGV[1])
        if old and old ~= ARGV[2] then redis.call('DEL', ARGV[3] .. string.match(old, '^[^:]*')) end
        return 1
        """;

    // KEYS: objects, names. ARGV: name, prefix of blobs.
    private const string RemoveIt = """
        local old = redis.call('HGET', KEYS[1], ARGV[1])
        redis.call('ZREM', KEYS[2], ARGV[1])
        if not old then return 0 end
        redis.call('HDEL', KEYS[1], ARGV[1])
        redis.call('DEL', ARGV[2] .. string.match(old, '^[^:]*'))
        return 1
        """;

    private readonly RedisClient _redis;
    private readonly string _objects;
    private readonly string _names;
    private readonly string _blobs;

    private RedisObjectStore(RedisClient redis, string prefix)
    {
        _redis = redis;
        _objects = $"{{{prefix}}}:objects";
        _names = $"{{{prefix}}}:names";
        _blobs = $"{{{prefix}}}:blob:";
    }

    /// <exception cref="ArgumentException">The URI is none of a Redis server.</exception>
    public static RedisObjectStore Open(string uri, StoreAccess access)
    {
        RedisAddress address = RedisAddress.Parse(uri);
        return new RedisObjectStore(new RedisClient(address, access), address.Prefix);
    }

    public async Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        long lengthBytes = ObjectName.LengthOf(content);
        if (lengthBytes > MaxObjectBytes)
        {
            throw new IOException($"'{name}' has {lengthBytes} bytes, and {_redis.Name} takes {MaxObjectBytes} at most. Put it into a store of files or S3.");
        }

        string blob = RandomNumberGenerator.GetHexString(32, lowercase: true);
        byte[] sha256 = await WriteBlobAsync(name, _blobs + blob, content, lengthBytes, cancellationToken).ConfigureAwait(false);
        object? isNamed = await _redis.AskAsync(
            cancellationToken, "EVAL", NameIt, 3, _objects, _names, _blobs + blob, name, new RedisEntry(blob, lengthBytes, sha256).Write(), _blobs).ConfigureAwait(false);
        if (isNamed is not 1L)
        {
            throw new IOException($"'{name}' was not put: {_redis.Name} lost what was written before all of it was there. Put it again.");
        }
    }

    public async Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        RedisEntry? entry = await FindOrNoneAsync(name, cancellationToken).ConfigureAwait(false);
        return entry is null ? null : new VerifyingStream(Pieces(entry.Describe(name), 0, entry.LengthBytes), new Sha256Check(entry.Sha256), _redis.Name, name);
    }

    public async Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default)
    {
        ObjectName.CheckRange(found, offset, lengthBytes);
        return (await HeadAsync(found.Name, cancellationToken).ConfigureAwait(false)) == found
            ? Pieces(found, offset, lengthBytes)
            : throw new ObjectChangedException(_redis.Name, found.Name);
    }

    public async Task<StoredObject?> HeadAsync(string name, CancellationToken cancellationToken = default) =>
        (await FindOrNoneAsync(name, cancellationToken).ConfigureAwait(false))?.Describe(name);

    public async Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        List<StoredObject> found = [];
        byte[] bytes = Encoding.UTF8.GetBytes(prefix);
        byte[] last = [.. "["u8, .. bytes, 0xFF]; // no byte of UTF-8 is
        for (byte[]? first = [.. "["u8, .. bytes]; first is not null;)
        {
            object? names = await _redis.AskAsync(cancellationToken, "ZRANGEBYLEX", _names, first, last, "LIMIT", 0, ListAtOnce).ConfigureAwait(false);
            byte[][] page = [.. ((object?[]?)names ?? []).OfType<byte[]>()];
            await DescribeAsync(page, found, cancellationToken).ConfigureAwait(false);
            first = page.Length == ListAtOnce ? [.. "("u8, .. page[^1]] : null;
        }

        found.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return found;
    }

    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        return await _redis.AskAsync(cancellationToken, "EVAL", RemoveIt, 2, _objects, _names, name, _blobs).ConfigureAwait(false) is 1L;
    }

    public async Task<bool> CopyAsync(string name, string copy, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(copy);
        using var content = new MemoryStream();
        Stream? found = await OpenAsync(name, cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            return false;
        }

        await using (found.ConfigureAwait(false))
        {
            await found.CopyToAsync(content, cancellationToken).ConfigureAwait(false); // whole, so that it is verified before it gets a name
        }

        content.Position = 0;
        await PutAsync(copy, content, cancellationToken).ConfigureAwait(false);
        return true;
    }

    public void Dispose() => _redis.Dispose();

    private async Task<byte[]> WriteBlobAsync(string name, string key, Stream content, long lengthBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = GC.AllocateUninitializedArray<byte>((int)Math.Min(PieceBytes, lengthBytes));
        long written = 0;
        do
        {
            int count = await content.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            count = (int)Math.Min(count, lengthBytes - written);
            Memory<byte> bytes = piece.AsMemory(0, count);
            hash.AppendData(bytes.Span);
            _ = written == 0
                ? await _redis.AskAsync(cancellationToken, "SET", key, bytes, "EX", UnnamedSeconds).ConfigureAwait(false)
                : await _redis.AskAsync(cancellationToken, "SETRANGE", key, written, bytes).ConfigureAwait(false);
            written += count > 0 || lengthBytes == 0 ? count : throw new IOException($"'{name}' was not put: its stream ended after {written} of {lengthBytes} bytes.");
        }
        while (written < lengthBytes);
        return hash.GetHashAndReset();
    }

    private async Task DescribeAsync(byte[][] names, List<StoredObject> found, CancellationToken cancellationToken)
    {
        if (names.Length == 0)
        {
            return;
        }

        object? entries = await _redis.AskAsync(cancellationToken, ["HMGET", _objects, .. names]).ConfigureAwait(false);
        foreach ((byte[] name, object? value) in names.Zip((object?[]?)entries ?? []))
        {
            if (RedisEntry.TryRead(value, out RedisEntry entry)) // else removed meanwhile
            {
                found.Add(entry.Describe(Encoding.UTF8.GetString(name)));
            }
        }
    }

    private async Task<RedisEntry?> FindOrNoneAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        object? value = await _redis.AskAsync(cancellationToken, "HGET", _objects, name).ConfigureAwait(false);
        return value is null ? null
            : RedisEntry.TryRead(value, out RedisEntry entry) ? entry
            : throw new IOException($"What {_redis.Name} says of '{name}' was written by another program: {_objects} is not Rowen's.");
    }

    private PieceStream Pieces(StoredObject found, long offset, long lengthBytes) => new(
        lengthBytes,
        async (at, buffer, cancellationToken) =>
        {
            object? bytes = await _redis.AskAsync(
                cancellationToken, "GETRANGE", _blobs + found.Version, offset + at, offset + at + buffer.Length - 1).ConfigureAwait(false);
            if (bytes is not byte[] content || content.Length != buffer.Length)
            {
                throw new ObjectChangedException(_redis.Name, found.Name);
            }

            content.CopyTo(buffer);
        },
        pieceBytes: PieceBytes);
}
