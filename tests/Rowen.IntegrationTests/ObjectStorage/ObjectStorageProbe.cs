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
}
