namespace Rowen.Maps;

/// <summary>Results in the order of the items, all at the end.</summary>
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

    public override ValueTask AddAsync(ReadOnlyMemory<MapResult<TOut>> results)
    {
        if (total is null)
        {
            lock (_lock)
            {
                MakeRoomLocked(results.Span);
                Write(results.Span);
            }
        }
        else
        {
            Write(results.Span); // nobody else writes there
        }

        return ValueTask.CompletedTask;
    }

    public override void Complete(Exception? error)
    {
        // The map's own end tells.
    }

    private void MakeRoomLocked(ReadOnlySpan<MapResult<TOut>> results)
    {
        foreach (ref readonly MapResult<TOut> result in results)
        {
            _count = Math.Max(_count, result.Index + 1);
        }

        if (_count > _results.LongLength)
        {
            Array.Resize(ref _results, checked((int)Math.Max(_count, _results.LongLength * 2)));
        }
    }

    private void Write(ReadOnlySpan<MapResult<TOut>> results)
    {
        foreach (ref readonly MapResult<TOut> result in results)
        {
            if (result.Error is null)
            {
                _results[result.Index] = result.Value;
            }
        }
    }
}
