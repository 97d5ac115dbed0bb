using Rowen.Protocol.Identifiers;
using Rowen.StoredResults;

namespace Rowen.Maps;

/// <summary>Items that no lane has: a list to walk through, or what a feeder has brought; and what came back, first of all.</summary>
/// <remarks>Thread safety: any thread. What is fed is bounded; what comes back is bounded by what was under way.</remarks>
internal sealed class MapQueue<T>
{
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<T>? _list;
    private readonly ItemRetries? _retries;
    private readonly Queue<MapItem<T>> _returned = new();
    private readonly Queue<MapItem<T>> _isolated = new();
    private readonly List<MapItem<T>> _hungry = [];
    private readonly PlacedItems<T> _fed = new();
    private long _next;
    private int _isolatedCount;
    private long _end = long.MaxValue;
    private bool _hasAll;
    private long _droppedCount;
    private bool _isClosed;

    /// <summary>Makes a queue.</summary>
    /// <param name="list">All items; null if they are fed.</param>
    /// <param name="retries">Knows which of several attempts at an item is the last; null if there is never more than one.</param>
    public MapQueue(IReadOnlyList<T>? list, ItemRetries? retries = null)
    {
        _retries = retries;
        _hasAll = list is not null;
        if (list is null || !WhereHeld<T>.IsKnown)
        {
            _list = list;
            return;
        }

        foreach (T value in list) // each has its place; they are few, as references are
        {
            _fed.Enqueue(new MapItem<T>(_next++, value));
        }
    }

    /// <summary>All items there will ever be; null while the feeder has not come to the end.</summary>
    public long? Total
    {
        get
        {
            lock (_lock)
            {
                return _isClosed ? _next - _droppedCount : !_hasAll ? null : _list?.Count ?? _next;
            }
        }
    }

    /// <summary>Items that wait for a lane, as far as they are known.</summary>
    public long WaitingCount
    {
        get
        {
            lock (_lock)
            {
                return OrdinaryCount + _isolated.Count + _hungry.Count;
            }
        }
    }

    /// <summary>Whether something waits that must have a lease for itself.</summary>
    public bool HasIsolated => Volatile.Read(ref _isolatedCount) > 0;

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

    /// <summary>Up to which index items may be begun; <see cref="long.MaxValue"/> if their results need not come in order.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    private long OrdinaryCount => _isClosed ? 0 : _returned.Count + (_list is null ? FedBeforeEnd : Math.Max(0, Math.Min(_list.Count, End) - _next));

    private long FedBeforeEnd => _fed.FirstIndex is { } first ? Math.Clamp(End - first, 0, _fed.Count) : _fed.Count;

    /// <summary>Whether a lane of a lease with so much memory could take something.</summary>
    public bool HasItemsFor(long memoryBytes) => HasIsolated || CanTake(memoryBytes);

    /// <summary>Whether <see cref="Take"/> would give something: what must have a lease for itself comes otherwise.</summary>
    public bool CanTake(long memoryBytes)
    {
        lock (_lock)
        {
            return OrdinaryCount > 0 || _hungry.Exists(item => item.NeedsBytes <= memoryBytes);
        }
    }

    /// <summary>The most memory that a waiting item needs; 0 if none needs more than any lease has.</summary>
    public long NeededBytes
    {
        get
        {
            lock (_lock)
            {
                return _hungry.Count == 0 ? 0 : _hungry.Max(item => item.NeedsBytes);
            }
        }
    }

    /// <summary>Takes the next items, as many as there is room for, if they may go together.</summary>
    /// <param name="target">Receives them.</param>
    /// <param name="share">Of those that wait, one in so many at most: the others are for other lanes. At least one is taken.</param>
    /// <param name="memoryBytes">Memory of the lease that takes them.</param>
    /// <param name="taker">The lease: what it has in its memory comes first.</param>
    /// <returns>How many.</returns>
    public int Take(Span<MapItem<T>> target, int share, long memoryBytes, LeaseId taker = default)
    {
        lock (_lock)
        {
            if (_hungry.FindIndex(item => item.NeedsBytes <= memoryBytes) is >= 0 and int hungry)
            {
                target[0] = _hungry[hungry];
                _hungry.RemoveAt(hungry);
                return 1;
            }

            int wanted = (int)Math.Clamp(OrdinaryCount / share, 1, target.Length);
            int count = TakeReturned(target, wanted, out bool isAlone);
            while (!isAlone && count < wanted && FedBeforeEnd > 0)
            {
                target[count++] = _fed.Dequeue(taker);
            }

            for (; !isAlone && !_isClosed && count < wanted && _list is not null && _next < Math.Min(_list.Count, End); count++)
            {
                target[count] = new MapItem<T>(_next, _list[(int)_next]);
                _next++;
            }

            return count;
        }
    }

    /// <summary>Takes an item for a lease that runs nothing else.</summary>
    public bool TryTakeIsolated(out MapItem<T> item)
    {
        lock (_lock)
        {
            bool isTaken = _isolated.TryDequeue(out item);
            _isolatedCount = _isolated.Count;
            return isTaken;
        }
    }

    /// <summary>Takes an item back, to be run by whoever heeds what it needs.</summary>
    public void GiveBack(MapItem<T> item)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                _droppedCount += IsLastAttempt(item) ? 1 : 0;
            }
            else if (item.NeedsBytes > 0)
            {
                _hungry.Add(item);
            }
            else if (item.Care == ItemCare.Isolated)
            {
                _isolated.Enqueue(item);
                _isolatedCount = _isolated.Count;
            }
            else
            {
                _returned.Enqueue(item);
            }
        }
    }

    /// <summary>Takes out the items that need more memory than any lease will have.</summary>
    public MapItem<T>[] RemoveHungry(long aboveBytes)
    {
        lock (_lock)
        {
            MapItem<T>[] removed = [.. _hungry.Where(item => item.NeedsBytes > aboveBytes)];
            _hungry.RemoveAll(item => item.NeedsBytes > aboveBytes);
            return removed;
        }
    }

    /// <summary>Brings another item.</summary>
    /// <param name="value">The item.</param>
    /// <param name="maxWaiting">How many may wait.</param>
    /// <returns>False if there is no room: come back when <see cref="FedCount"/> has fallen.</returns>
    public bool TryFeed(T value, int maxWaiting)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return true; // nobody wants it any more
            }

            if (_fed.Count >= maxWaiting)
            {
                return false;
            }

            _fed.Enqueue(new MapItem<T>(_next++, value));
            return true;
        }
    }

    /// <summary>Hands out nothing more: what waits is dropped, and counts for nothing.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _droppedCount += _fed.Count + _returned.Concat(_isolated).Concat(_hungry).Count(IsLastAttempt);
            _fed.Clear();
            _returned.Clear();
            _isolated.Clear();
            _hungry.Clear();
            _isolatedCount = 0;
            _isClosed = true;
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

    /// <summary>A straggler's second attempt may wait here while the first is under way, and gives the item its outcome.</summary>
    private bool IsLastAttempt(MapItem<T> item) => _retries?.TryForgo(item.Index) != true;

    private int TakeReturned(Span<MapItem<T>> target, int wanted, out bool isAlone)
    {
        int count = 0;
        isAlone = false;
        while (count < wanted && _returned.TryPeek(out MapItem<T> item))
        {
            isAlone = item.Care == ItemCare.Alone;
            if (isAlone && count > 0)
            {
                break; // the next one who comes gets it
            }

            target[count++] = _returned.Dequeue();
            if (isAlone)
            {
                break;
            }
        }

        return count;
    }
}
