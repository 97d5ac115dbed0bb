using System.Collections;

namespace Rowen.Commands;

/// <summary>A sequence whose length is known before it is enumerated.</summary>
internal sealed class CountedSequence<T>(IEnumerable<T> items, int count) : IReadOnlyCollection<T>, ICollection
{
    public int Count => count;

    public bool IsSynchronized => false;

    public object SyncRoot => this;

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void CopyTo(Array array, int index)
    {
        foreach (T item in items)
        {
            array.SetValue(item, index++);
        }
    }
}
