using System.Diagnostics.CodeAnalysis;

namespace Rowen.Maps;

/// <summary>Items that no lane has: a list to walk through, or what a feeder has brought; and what came back, first of all.</summary>
/// <remarks>Thread safety: any thread. What is fed is bounded; what comes back is bounded by what was under way.</remarks>
internal sealed class MapQueue<T>(IReadOnlyList<T>? list, int maxFed)
{
    private readonly Lock _lock = new();
    private readonly Queue<MapItem<T>> _returned = new();
    private readonly Queue<MapItem<T>> _fed = new();
    private long _next;
    private bool _hasAll = list is not null;

    /// <summary>All items there will ever be; null while the feeder has not come to the end.</summary>
    public long? Total
    {
        get
        {
            lock (_lock)
            {
                return !_hasAll ? null : list?.Count ?? _next;
            }
        }
    }

    /// <summary>Whether a lane could take something.</summary>
    public bool HasItems
    {
        get
        {
            lock (_lock)
            {
                return _returned.Count > 0 || _fed.Count > 0 || (list is not null && _next < list.Count);
            }
        }
    }

    /// <summary>Takes the next item, if there is one now.</summary>
    public bool TryTake([MaybeNullWhen(false)] out MapItem<T> item)
    {
        lock (_lock)
        {
            if (_returned.TryDequeue(out item) || _fed.TryDequeue(out item))
            {
                return true;
            }

            if (list is null || _next >= list.Count)
            {
                return false;
            }

            item = new MapItem<T>(_next, list[(int)_next]);
            _next++;
            return true;
        }
    }

    /// <summary>Takes an item back that provably never started.</summary>
    public void GiveBack(MapItem<T> item)
    {
        lock (_lock)
        {
            _returned.Enqueue(item);
        }
    }

    /// <summary>Brings another item.</summary>
    /// <returns>False if there is no room: come back when <see cref="FedCount"/> has fallen.</returns>
    public bool TryFeed(T value)
    {
        lock (_lock)
        {
            if (_fed.Count >= maxFed)
            {
                return false;
            }

            _fed.Enqueue(new MapItem<T>(_next++, value));
            return true;
        }
    }

    /// <summary>How many brought items wait.</summary>
    public int FedCount
    {
        get
        {
            lock (_lock)
            {
                return _fed.Count;
            }
        }
    }

    /// <summary>The feeder has come to the end.</summary>
    public void EndFeed()
    {
        lock (_lock)
        {
            _hasAll = true;
        }
    }
}
