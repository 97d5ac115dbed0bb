using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Executor.Functions;

/// <summary>One item of a batch as a function sees it: its input where it landed, its result behind those before it.</summary>
/// <remarks>One for each function thread, reused. The results are gathered here, and leave together.</remarks>
internal sealed unsafe class BatchCall(ulong memoryBytes) : FunctionCall
{
    /// <summary>What is kept for the next batch; larger results are rare, and their memory the node's.</summary>
    private const ulong KeptBytes = 1 << 20;

    private byte* _memory;
    private ulong _size;
    private ulong _used;

    /// <summary>Everything so far, as it leaves.</summary>
    public ulong UsedBytes => _used;

    /// <summary>Begins a batch.</summary>
    public void Begin()
    {
        _used = ItemBatch.HeadBytes;
        Ensure(ItemBatch.HeadBytes);
    }

    /// <summary>Turns to the next item.</summary>
    /// <param name="address">Its input, aligned to 16 bytes.</param>
    /// <param name="lengthBytes">Length of the input.</param>
    /// <param name="resultCapacity">Most bytes of a result whose length is not known before.</param>
    public void BeginItem(nint address, int lengthBytes, ulong resultCapacity)
    {
        InputAddress = address;
        InputBytes = (ulong)lengthBytes;
        ResultCapacity = resultCapacity;
        ResultBytes = 0;
    }

    /// <inheritdoc/>
    public override nint Reserve(ulong lengthBytes)
    {
        if (lengthBytes >= memoryBytes || lengthBytes > int.MaxValue)
        {
            throw TooLarge(lengthBytes);
        }

        Ensure(_used + ItemBatch.ItemHeadBytes + lengthBytes + SlotLayout.CanaryBytes);
        return (nint)(_memory + _used + ItemBatch.ItemHeadBytes);
    }

    /// <summary>The item has its result, or its fault.</summary>
    public void EndItem(ErrorCode error)
    {
        ulong stride = ItemBatch.StrideOf(ResultBytes);
        Ensure(_used + stride);
        ItemBatch.WriteItemHead(new Span<byte>(_memory + _used, ItemBatch.ItemHeadBytes), (int)ResultBytes, error);
        _used += stride;
    }

    /// <summary>Ends the batch: copies it to where it leaves from.</summary>
    /// <param name="target">Room for <see cref="UsedBytes"/>.</param>
    /// <param name="elapsedNs">What the items took together.</param>
    public void CopyTo(nint target, long elapsedNs)
    {
        *(long*)_memory = elapsedNs;
        Buffer.MemoryCopy(_memory, (void*)target, (long)_used, (long)_used);
        if (_size > KeptBytes)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
            _size = 0;
        }
    }

    private RowenException TooLarge(ulong lengthBytes) => new(
        ErrorCode.ResultTooLarge, $"A result of {lengthBytes} bytes does not fit into the lease's memory of {memoryBytes} bytes.");

    private void Ensure(ulong size)
    {
        if (size > _size)
        {
            ulong wanted = Math.Max(size, Math.Max(_size * 2, 4096));
            _memory = (byte*)NativeMemory.AlignedRealloc(_memory, (nuint)wanted, 16); // throws OutOfMemoryException
            _size = wanted;
        }
    }
}
