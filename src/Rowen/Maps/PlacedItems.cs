using Rowen.Protocol.Identifiers;
using Rowen.StoredResults;

namespace Rowen.Maps;

/// <summary>Items that wait, in their order; those that stand for what an executor has in its memory are for that executor first.</summary>
/// <remarks>Nobody waits for an item's own place: who finds nothing of his takes what has none, and then another's. One thread at a time.</remarks>
internal sealed class PlacedItems<T>
{
    private readonly Queue<MapItem<T>> _anywhere = new();
    private readonly Dictionary<LeaseId, Queue<MapItem<T>>> _placed = [];

    public int Count { get; private set; }

    /// <summary>Index of the first item that has no place.</summary>
    public long? FirstIndex => _anywhere.TryPeek(out MapItem<T> first) ? first.Index : null;

    public void Enqueue(MapItem<T> item)
    {
        Count++;
        LeaseId place = WhereHeld<T>.Of(item.Value);
        if (place == default)
        {
            _anywhere.Enqueue(item);
            return;
        }

        if (!_placed.TryGetValue(place, out Queue<MapItem<T>>? there))
        {
            _placed.Add(place, there = new Queue<MapItem<T>>());
        }

        there.Enqueue(item);
    }

    /// <summary>The next item for a lease. There must be one.</summary>
    public MapItem<T> Dequeue(LeaseId taker)
    {
        Count--;
        if (_placed.TryGetValue(taker, out Queue<MapItem<T>>? own) && own.TryDequeue(out MapItem<T> item))
        {
            return item;
        }

        return _anywhere.TryDequeue(out item) ? item : _placed.Values.MaxBy(queue => queue.Count)!.Dequeue();
    }

    public void Clear()
    {
        _anywhere.Clear();
        _placed.Clear();
        Count = 0;
    }
}
