using Rowen.Maps;

namespace Rowen.StoredResults;

/// <summary>The payloads that this executor has put into stores last: a function that reads one here need not ask the store.</summary>
/// <param name="maxBytes">Of all of them; 0: nothing is held.</param>
/// <remarks>
/// An object's name says its content, so that nothing here is ever out of date; what was used longest ago goes first. Thread safety: any thread.
/// </remarks>
internal sealed class HeldResults(long maxBytes)
{
    /// <summary>Of the lease's memory, at most one part in so many.</summary>
    private const int MemoryShare = 8;

    private static readonly Lazy<HeldResults> s_here = new(static () => new HeldResults((HomeExecutor.OrNone?.Lease.MemoryBytes ?? 0) / MemoryShare));

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Name, byte[] Payload)>> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Name, byte[] Payload)> _byUse = new(); // the newest first
    private long _bytes;

    /// <summary>This process's; of one that is no executor, empty.</summary>
    public static HeldResults Here => s_here.Value;

    /// <summary>Whether something of this length would be held.</summary>
    public bool HasRoomFor(long bytes) => bytes <= maxBytes;

    /// <summary>Holds a payload, which nobody else may write to.</summary>
    /// <param name="name">Full name of its object: folder and content.</param>
    /// <param name="payload">Kept as it is.</param>
    public void Add(string name, byte[] payload)
    {
        lock (_lock)
        {
            if (!HasRoomFor(payload.Length) || _byName.ContainsKey(name))
            {
                return;
            }

            _byName[name] = _byUse.AddFirst((name, payload));
            _bytes += payload.Length;
            while (_bytes > maxBytes)
            {
                (string oldest, byte[] gone) = _byUse.Last!.Value;
                _byUse.RemoveLast();
                _byName.Remove(oldest);
                _bytes -= gone.Length;
            }
        }
    }

    /// <summary>The payload of an object, which is not to be written to; null if it is not here.</summary>
    public byte[]? OrNone(string name)
    {
        lock (_lock)
        {
            if (!_byName.TryGetValue(name, out LinkedListNode<(string Name, byte[] Payload)>? found))
            {
                return null;
            }

            _byUse.Remove(found);
            _byUse.AddFirst(found);
            return found.Value.Payload;
        }
    }
}
