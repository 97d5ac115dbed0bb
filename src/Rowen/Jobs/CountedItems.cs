using System.Collections;
using Rowen.Functions;

namespace Rowen.Jobs;

/// <summary>Pending items for a map, which asks how many they are so that it takes no more cores than items.</summary>
internal sealed class CountedItems(PendingItems items) : IReadOnlyCollection<RawPayload>, ICollection<RawPayload>
{
    public int Count => items.Count;

    public bool IsReadOnly => true;

    public IEnumerator<RawPayload> GetEnumerator() => items.Read().GetEnumerator();

    public void Add(RawPayload item) => throw new NotSupportedException();

    public void Clear() => throw new NotSupportedException();

    public bool Contains(RawPayload item) => false;

    public void CopyTo(RawPayload[] array, int arrayIndex) => throw new NotSupportedException();

    public bool Remove(RawPayload item) => throw new NotSupportedException();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
