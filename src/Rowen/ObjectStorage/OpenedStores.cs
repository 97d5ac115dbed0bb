using System.Collections.Concurrent;

namespace Rowen.ObjectStorage;

/// <summary>Stores that this process reads parts from: opened once each, and kept until it ends.</summary>
internal static class OpenedStores
{
    /// <summary>More stores than any program has sources. Beyond, a store is opened for each use.</summary>
    private const int MaxKept = 256;

    private static readonly ConcurrentDictionary<(string Uri, string? Access), IObjectStore> Kept = new();

    public static IObjectStore Get(string uri, string? access)
    {
        if (Kept.TryGetValue((uri, access), out IObjectStore? known))
        {
            return known;
        }

        IObjectStore opened = ObjectStoreUri.Open(uri, access);
        return Kept.Count < MaxKept ? Kept.GetOrAdd((uri, access), opened) : opened;
    }
}
