using System.Globalization;
using Rowen.ObjectStorage;

namespace Rowen;

/// <summary>Where a map puts results that are large, so that they do not travel through its caller: see <see cref="MapOptions.ResultsIn"/>.</summary>
/// <param name="Store">
/// URI of a store that every node and this program reach, as in <see cref="ObjectStoreUri"/>: <c>file:</c> with a folder of a shared file
/// system, <c>s3:</c>, <c>redis:</c> or <c>rediss:</c>. Each map makes a folder of its own below it.
/// </param>
/// <remarks>Immutable. Thread safety: any thread.</remarks>
public sealed record ResultStore(string Store)
{
    /// <summary>Results of more bytes than that become an object; others travel with their invocation, as always.</summary>
    /// <value>1 MiB; from 0 to 1 GiB.</value>
    public long ThresholdBytes { get; init; } = 1 << 20;

    /// <summary>Path of the file that says how stores are reached; it is read on each machine, and its content never travels.</summary>
    /// <value>Null: <c>~/.rowen/stores.json</c>, if it is there.</value>
    public string? Access { get; init; }

    /// <summary>Whether the objects stay when the map's results are disposed. <see cref="MapResult{TOut}.StoredAt"/> says where each is.</summary>
    /// <value>False: the map removes its folder at its end.</value>
    public bool Keep { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">The URI names no store that executors can open by themselves.</exception>
    internal void Check()
    {
        if (ObjectStoreUri.SchemeOf(Store) is not (ObjectStoreUri.FileScheme or ObjectStoreUri.S3Scheme or ObjectStoreUri.RedisScheme or ObjectStoreUri.SecureRedisScheme))
        {
            throw new ArgumentException(
                $"MapOptions.ResultsIn is '{Store}'; it must be the URI of a store that executors can open by themselves: file:, s3:, redis: or rediss:.", nameof(Store));
        }

        if (ThresholdBytes is < 0 or > 1 << 30)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"ResultStore.ThresholdBytes is {ThresholdBytes}; it must be 0 to 1 GiB.");
            throw new ArgumentOutOfRangeException(nameof(ThresholdBytes), ThresholdBytes, text);
        }
    }
}
