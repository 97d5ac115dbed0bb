namespace Rowen.Maps;

/// <summary>Puts results into the order of their items. One thread.</summary>
internal sealed class ResultOrder<TOut>
{
    /// <summary>How far lanes may run ahead of an item that takes long: what they bring waits here.</summary>
    private const int Window = 4_096;

    private readonly Dictionary<long, MapResult<TOut>> _early = [];
    private long _next;

    /// <summary>Up to which index items may be begun.</summary>
    public long End => _next + Window;

    /// <summary>Takes results in any order.</summary>
    /// <returns>Those whose turn it is now.</returns>
    public IEnumerable<MapResult<TOut>> Add(IEnumerable<MapResult<TOut>> results)
    {
        foreach (MapResult<TOut> result in results)
        {
            _early.Add(result.Index, result);
        }

        while (_early.Remove(_next, out MapResult<TOut> next))
        {
            _next++;
            yield return next;
        }
    }
}
