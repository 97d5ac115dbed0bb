namespace Rowen.Maps;

/// <summary>Where results go. Thread safety: any thread adds.</summary>
internal abstract class MapSink<TOut>
{
    /// <summary>Takes a result; waits while its reader is behind.</summary>
    public abstract ValueTask AddAsync(MapResult<TOut> result);

    /// <summary>Nothing more comes.</summary>
    /// <param name="error">Why the map ended early; null if it did not.</param>
    public abstract void Complete(Exception? error);
}
