namespace Rowen.Maps;

/// <summary>Where results go. Thread safety: any thread adds.</summary>
internal abstract class MapSink<TOut>
{
    /// <summary>Takes results, each item's once; waits while their reader is behind.</summary>
    /// <param name="results">Not kept.</param>
    public abstract ValueTask AddAsync(ReadOnlyMemory<MapResult<TOut>> results);

    /// <summary>Nothing more comes.</summary>
    /// <param name="error">Why the map ended early; null if it did not.</param>
    public abstract void Complete(Exception? error);
}
