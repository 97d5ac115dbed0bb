namespace Rowen.LentMemory;

/// <summary>Which lease serves which share of which copy: all first copies, then all second ones. Leases may be replaced.</summary>
/// <remarks>Thread safety: any thread may look; one at a time replaces.</remarks>
/// <param name="leases">One for each slot.</param>
/// <param name="nodeCount">Over how many nodes each copy is striped.</param>
internal sealed class MemorySlots(IReadOnlyList<Lease> leases, int nodeCount)
{
    private readonly Lease[] _leases = [.. leases];

    /// <summary>Slots: nodes times copies.</summary>
    public int Count => _leases.Length;

    /// <summary>Copies of each byte.</summary>
    public int CopyCount => _leases.Length / nodeCount;

    /// <summary>The leases of now, in the order of slots.</summary>
    public IReadOnlyList<Lease> Leases => [.. Enumerable.Range(0, Count).Select(slot => this[slot])];

    public Lease this[int slot] => Volatile.Read(ref _leases[slot]);

    /// <summary>The slot of one copy of one part of a region.</summary>
    public int SlotOf(int part, int copy, int firstNode) => (copy * nodeCount) + ((part + firstNode) % nodeCount);

    /// <summary>Which copy a slot has.</summary>
    public int CopyOf(int slot) => slot / nodeCount;

    /// <summary>Which part of a region a slot has.</summary>
    public int PartOf(int slot, int firstNode) => ((slot % nodeCount) - firstNode + nodeCount) % nodeCount;

    /// <summary>Whether a lease is over, or is being taken back.</summary>
    public bool IsLeaving(int slot) => this[slot].Session.Memory!.IsLeaving;

    /// <summary>Whether another copy of what a slot has is there.</summary>
    public bool HasTwin(int slot) => Enumerable.Range(0, Count).Any(other => other != slot && other % nodeCount == slot % nodeCount && !IsLeaving(other));

    public void Replace(int slot, Lease lease) => Volatile.Write(ref _leases[slot], lease);
}
