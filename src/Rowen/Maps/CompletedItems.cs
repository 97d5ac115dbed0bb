using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>The results of a map that is under way, in the order in which they come: kept, awaited, and read by another map.</summary>
/// <remarks>Thread safety: any thread; one adds.</remarks>
internal sealed class CompletedItems<TOut>
{
    private readonly object _lock = new();
    private readonly Dictionary<long, MapResult<TOut>> _byIndex = [];
    private readonly List<long> _order = [];
    private readonly List<(Func<bool> IsMet, TaskCompletionSource Told)> _waiters = [];
    private Exception? _error;
    private bool _isComplete;

    public long Count
    {
        get
        {
            lock (_lock)
            {
                return _order.Count;
            }
        }
    }

    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                return _isComplete;
            }
        }
    }

    public void Add(MapResult<TOut> result)
    {
        lock (_lock)
        {
            _byIndex.Add(result.Index, result);
            _order.Add(result.Index);
            TellLocked();
        }
    }

    public void Complete(Exception? error)
    {
        lock (_lock)
        {
            _isComplete = true;
            _error = error;
            TellLocked();
        }
    }

    /// <summary>The result of one item, if it is there.</summary>
    public bool TryGet(long index, out MapResult<TOut> result)
    {
        lock (_lock)
        {
            return _byIndex.TryGetValue(index, out result);
        }
    }

    /// <summary>The item that was there first.</summary>
    public MapResult<TOut> First()
    {
        lock (_lock)
        {
            return _byIndex[_order[0]];
        }
    }

    /// <summary>All results in the order of the items; call when all are there.</summary>
    public MapResult<TOut>[] ToArray()
    {
        lock (_lock)
        {
            return [.. _byIndex.Values.OrderBy(result => result.Index)];
        }
    }

    /// <summary>Waits until something is true of the items.</summary>
    /// <param name="isMet">Asked under this object's lock after each result.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RowenException">The map ended before.</exception>
    public Task WaitAsync(Func<bool> isMet, CancellationToken cancellationToken)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiters.Add((isMet, told));
            TellLocked();
        }

        return told.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Results with a value as they come; blocks until the next is there. Ends with the map, without its error.</summary>
    /// <param name="pick">Chooses what of a result is given: its value, or what stands for it.</param>
    /// <param name="indexes">Receives the index of each, before it is given.</param>
    /// <param name="failed">Hears of those that have no value.</param>
    public IEnumerable<TPicked> Follow<TPicked>(Func<MapResult<TOut>, TPicked> pick, List<long> indexes, Action<MapResult<TOut>> failed)
    {
        for (int position = 0; TryWaitFor(position, out MapResult<TOut> result); position++)
        {
            if (result.Error is not null)
            {
                failed(result);
                continue;
            }

            lock (indexes)
            {
                indexes.Add(result.Index);
            }

            yield return pick(result);
        }
    }

    private bool TryWaitFor(int position, out MapResult<TOut> result)
    {
        lock (_lock)
        {
            while (_order.Count <= position && !_isComplete)
            {
                Monitor.Wait(_lock);
            }

            result = _order.Count > position ? _byIndex[_order[position]] : default;
            return _order.Count > position;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Conditions are ours and do not throw.")]
    private void TellLocked()
    {
        Monitor.PulseAll(_lock);
        for (int i = _waiters.Count - 1; i >= 0; i--)
        {
            (Func<bool> isMet, TaskCompletionSource told) = _waiters[i];
            if (isMet())
            {
                told.TrySetResult();
                _waiters.RemoveAt(i);
            }
            else if (_isComplete)
            {
                told.TrySetException(_error ?? new RowenException(ErrorCode.BadRequest, "The map has ended, and what was awaited is not among its items."));
                _waiters.RemoveAt(i);
            }
        }
    }
}
