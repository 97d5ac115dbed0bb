namespace Rowen.Maps;

/// <summary>Results in the order of the items.</summary>
internal sealed class OrderedSink<TOut>(long? total) : MapSink<TOut>
{
    private readonly Lock _lock = new();
    private TOut[] _results = total is { } known ? new TOut[known] : new TOut[256];
    private long _count;

    /// <summary>All of them; call when the map has ended.</summary>
    public TOut[] ToArray()
    {
        lock (_lock)
        {
            long count = total ?? _count;
            if (_results.LongLength != count)
            {
                Array.Resize(ref _results, checked((int)count));
            }

            return _results;
        }
    }

    public override ValueTask AddAsync(MapResult<TOut> result)
    {
        if (result.Error is not null)
        {
            return ValueTask.CompletedTask;
        }

        if (total is not null)
        {
            _results[result.Index] = result.Value; // nobody else writes there
            return ValueTask.CompletedTask;
        }

        lock (_lock)
        {
            if (result.Index >= _results.LongLength)
            {
                Array.Resize(ref _results, checked((int)Math.Max(result.Index + 1, _results.LongLength * 2)));
            }

            _results[result.Index] = result.Value;
            _count = Math.Max(_count, result.Index + 1);
        }

        return ValueTask.CompletedTask;
    }

    public override void Complete(Exception? error)
    {
        // The map's own end tells.
    }
}
