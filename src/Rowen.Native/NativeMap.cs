using Rowen.Functions;
using Rowen.Maps;

namespace Rowen.Native;

/// <summary>A map for C: its results come to the thread that waits for them.</summary>
internal static class NativeMap
{
    /// <summary>Runs a map; the thread that enumerates it waits. Who stops early cancels what is not done.</summary>
    /// <param name="client">Where.</param>
    /// <param name="options">Cores at most, and what to load.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="itemOf">Gives each item's bytes.</param>
    /// <param name="count">How many.</param>
    /// <param name="errors">What becomes of the map when an item fails.</param>
    public static unsafe IEnumerable<MapResult<RawPayload>> Run(
        RowenClient client, LeaseOptions* options, string function, Func<int, ReadOnlyMemory<byte>> itemOf, int count, MapErrors errors) =>
        StreamAsync(client, options, function, itemOf, count, new MapOptions { Errors = errors }, CancellationToken.None).ToBlockingEnumerable();

    /// <summary>The same, for who waits in another way.</summary>
    /// <param name="client">Where.</param>
    /// <param name="options">Cores at most, and what to load.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="itemOf">Gives each item's bytes.</param>
    /// <param name="count">How many.</param>
    /// <param name="map">All that <paramref name="options"/> do not say.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static unsafe IAsyncEnumerable<MapResult<RawPayload>> StreamAsync(
        RowenClient client,
        LeaseOptions* options,
        string function,
        Func<int, ReadOnlyMemory<byte>> itemOf,
        int count,
        MapOptions map,
        CancellationToken cancellationToken)
    {
        LeaseRequest request = LeaseOptions.Read(options, function);
        if (request.Code is not { } code)
        {
            throw new ArgumentException($"rowen_lease_options names no library and no package: where is '{function}'?", nameof(options));
        }

        RawPayload[] source = [.. Enumerable.Range(0, count).Select(index => new RawPayload(itemOf(index)))]; // an array: nobody reads ahead in C's memory once the map is over
        MapOptions whole = map with { Cores = options->Cores, Lease = request with { Cores = 1, Code = null } };
        return Map.StreamOverClusterAsync<RawPayload, RawPayload>(client, source, code, function, whole, TimeProvider.System, cancellationToken);
    }
}
