using Rowen.ObjectStorage.Redis;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>Looks at what a Redis server really holds.</summary>
internal sealed class ObjectStorageProbe(RedisServer server)
{
    public async Task<long> CountKeysAsync(CancellationToken cancellationToken)
    {
        using var redis = new RedisClient(RedisAddress.Parse(server.Uri), server.Access());
        return (long)(await redis.AskAsync(cancellationToken, "DBSIZE"))!;
    }

    /// <summary>Turns over one bit of the only object's bytes.</summary>
    public async Task DamageAsync(long position, CancellationToken cancellationToken)
    {
        using var redis = new RedisClient(RedisAddress.Parse(server.Uri), server.Access());
        object key = Assert.Single((object?[])(await redis.AskAsync(cancellationToken, "KEYS", "*:blob:*"))!)!;
        byte[] was = (byte[])(await redis.AskAsync(cancellationToken, "GETRANGE", key, position, position))!;
        await redis.AskAsync(cancellationToken, "SETRANGE", key, position, new[] { (byte)(was[0] ^ 1) });
    }
}
