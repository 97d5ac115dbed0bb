using System.Diagnostics;
using Rowen.Fabric.Completions;

namespace Rowen.Fabric.Libfabric;

/// <summary>Completions of one connection that its owner has not taken yet. Bounded; nothing is read that would not fit.</summary>
internal sealed class OfiCompletions
{
    private const int Length = 256; // a power of two

    private readonly Completion[] _all = new Completion[Length];
    private uint _head;
    private uint _tail;

    public bool IsEmpty => _head == _tail;

    /// <summary>How many more fit.</summary>
    public int Room => Length - (int)(_tail - _head);

    public void Add(CompletionKind kind, uint immediate, int tag, ulong cookie)
    {
        Debug.Assert(Room > 0, "Whoever brings completions looks for room first.");
        _all[_tail++ % Length] = new Completion(kind, immediate, tag, cookie);
    }

    /// <summary>Hands out as many as fit.</summary>
    public int Take(Span<Completion> target, int count)
    {
        while (_head != _tail && count < target.Length)
        {
            target[count++] = _all[_head++ % Length];
        }

        return count;
    }
}
