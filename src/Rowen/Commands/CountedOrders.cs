using System.Collections;

namespace Rowen.Commands;

/// <summary>A sequence whose length is known before it is enumerated.</summary>
internal sealed class CountedOrders(IEnumerable<byte[]> orders, int count) : IReadOnlyCollection<byte[]>, ICollection
{
    public int Count => count;

    public bool IsSynchronized => false;

    public object SyncRoot => this;

    public IEnumerator<byte[]> GetEnumerator() => orders.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void CopyTo(Array array, int index)
    {
        foreach (byte[] order in orders)
        {
            array.SetValue(order, index++);
        }
    }
}
