using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Rowen.Fabric.Memory;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.Executor.LentMemory;

/// <summary>How much of a lease's memory is in blocks, and which block has which key. Thread safety: one owner.</summary>
internal sealed class MemoryLedger(long limitBytes)
{
    private readonly HashSet<RegisteredMemory> _all = [];
    private readonly Dictionary<ulong, RegisteredMemory> _lent = [];

    /// <summary>What blocks cost of the lease, in bytes.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Why a block of that size cannot be had; null if it can.</summary>
    public ErrorAnswer? FindRefusal(long lengthBytes)
    {
        if (lengthBytes is < 1 or > MemoryLending.MaxBlockBytes)
        {
            return new ErrorAnswer(ErrorCode.BadRequest, $"A block of {lengthBytes} bytes was asked for; it must be 1 to {MemoryLending.MaxBlockBytes} bytes.");
        }

        long freeBytes = limitBytes - UsedBytes;
        return MemoryLending.CostOf(lengthBytes) > freeBytes
            ? new ErrorAnswer(ErrorCode.CapacityExhausted,
                $"A block of {lengthBytes} bytes was asked for; {Math.Max(0, freeBytes - MemoryLending.PageBytes)} of the lease's {limitBytes} bytes are free.")
            : _all.Count >= MemoryLending.MaxBlockCount
                ? new ErrorAnswer(ErrorCode.CapacityExhausted, $"The lease is divided into {_all.Count} blocks already, the most that may be: allocate fewer and larger ones.")
                : null;
    }

    /// <summary>A block begins to be made.</summary>
    public void Add(RegisteredMemory memory)
    {
        _all.Add(memory);
        UsedBytes += (long)memory.LengthBytes;
    }

    /// <summary>A block came to nothing.</summary>
    public void Remove(RegisteredMemory memory)
    {
        _all.Remove(memory);
        UsedBytes -= (long)memory.LengthBytes;
    }

    /// <summary>The owner has a block's key from now on.</summary>
    public void Lend(ulong key, RegisteredMemory memory) => _lent.Add(key, memory);

    /// <summary>A block is the owner's no more; its memory is still to be returned.</summary>
    /// <returns>False if no block of that key is lent.</returns>
    public bool TryTakeBack(ulong key, [NotNullWhen(true)] out RegisteredMemory? memory)
    {
        if (!_lent.Remove(key, out memory))
        {
            return false;
        }

        Remove(memory);
        Mark(memory, isLent: false);
        Interlocked.MemoryBarrier();
        return true;
    }

    /// <summary>Says in every block that it is not lent any more: visible before the memory is emptied.</summary>
    public void MarkAllTakenBack()
    {
        foreach (RegisteredMemory memory in _lent.Values)
        {
            Mark(memory, isLent: false);
        }

        _lent.Clear();
        Interlocked.MemoryBarrier();
    }

    /// <summary>Says in a block's last page that its bytes are the owner's.</summary>
    public static void MarkLent(RegisteredMemory memory) => Mark(memory, isLent: true);

    private static void Mark(RegisteredMemory memory, bool isLent)
    {
        Span<byte> word = memory.Slice(memory.LengthBytes - (ulong)MemoryLending.PageBytes, sizeof(long));
        Volatile.Write(ref MemoryMarshal.AsRef<long>(word), isLent ? 1 : 0);
    }
}
