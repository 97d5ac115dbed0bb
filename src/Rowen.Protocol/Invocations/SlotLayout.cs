namespace Rowen.Protocol.Invocations;

/// <summary>Where the slots of a lane lie in each side's memory.</summary>
/// <remarks>
/// <code>
/// each slot:  (rest of a page) | 48 bytes header | SlotBytes payload | 80 to 95 bytes canary | one guard page
/// at the end: one page of marks: for each slot, 8 bytes: the invocation that was started last
/// </code>
/// Slots end on page boundaries. The canary, which reaches from the payload's end to the guard page, shows that native code wrote a little too far, and the guard page stops
/// it from going further: nothing that is written behind an output goes unnoticed, and another slot's or lane's memory is never reached. Headers begin on multiples of 16, and
/// of 64 (a line of the cache) where SlotBytes is one. The executor writes the marks, which lie
/// apart from what the caller writes: no cache line goes back and forth for them.
/// </remarks>
/// <param name="SlotCount">Slots of the lane, 1 to 32.</param>
/// <param name="SlotBytes">Payload of each, 64 bytes to 64 MiB.</param>
public readonly record struct SlotLayout(int SlotCount, int SlotBytes)
{
    /// <summary>Bytes after each output, at least, whose change betrays an overrun. With a header they fill two lines of the cache.</summary>
    public const int CanaryBytes = 80;

    /// <summary>Size of a page, in bytes.</summary>
    public const int PageBytes = 4096;

    /// <summary>The most slots of a lane.</summary>
    public const int MaxSlotCount = 32;

    /// <summary>The largest slot.</summary>
    public const int MaxSlotBytes = 64 << 20;

    private readonly ulong _lead = (RoundUp(Used(SlotBytes)) - Used(SlotBytes)) & ~15UL; // reckoned once: every call asks four times

    /// <summary>Slots of the lane. For good, as is their size: what follows from them is reckoned when the layout is made.</summary>
    public int SlotCount { get; } = SlotCount;

    /// <summary>Payload of each, in bytes.</summary>
    public int SlotBytes { get; } = SlotBytes;

    /// <summary>Distance from one slot to the next.</summary>
    public ulong StrideBytes { get; } = RoundUp(Used(SlotBytes)) + PageBytes;

    /// <summary>From the end of a slot's payload to its guard page: the canary.</summary>
    public int SpareBytes => (int)(GuardOffset(0) - PayloadOffset(0)) - SlotBytes;

    /// <summary>Size of one side's memory.</summary>
    public ulong TotalBytes => MarkOffset(0) + PageBytes;

    /// <summary>Whether the numbers are within their ranges.</summary>
    public bool IsValid => SlotCount is >= 1 and <= MaxSlotCount && SlotBytes is >= 64 and <= MaxSlotBytes;

    /// <summary>Where a slot's header begins.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public ulong HeaderOffset(int slot) => (StrideBytes * (ulong)slot) + _lead;

    /// <summary>Where a slot's payload begins.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public ulong PayloadOffset(int slot) => HeaderOffset(slot) + InvocationHeader.SizeBytes;

    /// <summary>Where a slot's guard page begins.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public ulong GuardOffset(int slot) => (StrideBytes * (ulong)(slot + 1)) - PageBytes;

    /// <summary>Where the executor says which invocation of a slot it has started.</summary>
    /// <param name="slot">The slot, from 0.</param>
    public ulong MarkOffset(int slot) => (StrideBytes * (ulong)SlotCount) + ((ulong)slot * sizeof(ulong));

    /// <summary>The next multiple of a page.</summary>
    /// <param name="bytes">Any size.</param>
    public static ulong RoundUp(ulong bytes) => (bytes + PageBytes - 1) & ~(ulong)(PageBytes - 1);

    private static ulong Used(int slotBytes) => (ulong)(InvocationHeader.SizeBytes + slotBytes + CanaryBytes);
}
