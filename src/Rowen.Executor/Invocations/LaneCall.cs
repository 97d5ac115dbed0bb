using System.Runtime.CompilerServices;
using Rowen.Executor.Functions;
using Rowen.Fabric.Memory;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Executor.Invocations;

/// <summary>The call that a function thread has in hand: input in the lane's slot, output in the caller's.</summary>
internal sealed class LaneCall(LaneMemory lane, ulong memoryBytes) : FunctionCall
{
    /// <summary>Behind a result that fills its slot.</summary>
    private readonly int _spareBytes = lane.Layout.SpareBytes;

    private int _slot;
    private RemoteBlock _overflow;

    /// <summary>Where the result lies if it does not lie in the slot; key zero otherwise.</summary>
    public RemoteBlock Overflow => _overflow;

    /// <summary>Turns to the next request.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(int slot, in InvocationHeader header)
    {
        lane.TrimOverflow(slot); // a new request says that the last result was taken
        _slot = slot;
        _overflow = default;
        ResultBytes = 0;
        InputBytes = header.PayloadBytes;
        InputAddress = header.RemoteKey == 0
            ? lane.IncomingAddress(slot)
            : lane.Fetched(slot).AddressOf(0, header.PayloadBytes);
        ResultCapacity = Math.Max(header.ResultCapacity, (ulong)lane.Layout.SlotBytes);
    }

    public override ulong SlotBytes => (ulong)lane.Layout.SlotBytes;

    public override nint Reserve(ulong lengthBytes)
    {
        if (lengthBytes <= (ulong)lane.Layout.SlotBytes)
        {
            _overflow = default;
            SpareBytes = _spareBytes;
            return lane.OutgoingAddress(_slot);
        }

        if (lengthBytes > ResultCapacity)
        {
            throw new RowenException(
                ErrorCode.ResultTooLarge, $"The result has {lengthBytes} bytes, the caller takes at most {ResultCapacity}.");
        }

        return ReserveBeyondSlot(lengthBytes);
    }

    /// <summary>Room for an error's description, which no limit of the caller cuts.</summary>
    public nint ReserveForFault(int lengthBytes) => lengthBytes <= lane.Layout.SlotBytes
        ? Reserve((ulong)lengthBytes)
        : ReserveBeyondSlot((ulong)lengthBytes);

    private nint ReserveBeyondSlot(ulong lengthBytes)
    {
        try
        {
            if (lengthBytes < memoryBytes)
            {
                RegisteredMemory memory = lane.ReserveOverflow(_slot, lengthBytes);
                _overflow = memory.Descriptor;
                SpareBytes = (int)Math.Min(memory.LengthBytes - SlotLayout.PageBytes - lengthBytes, SlotLayout.PageBytes);
                return memory.AddressOf(0, lengthBytes + (ulong)SpareBytes);
            }
        }
        catch (OutOfMemoryException)
        {
            // Said below, with the numbers.
        }

        throw new RowenException(
            ErrorCode.ResultTooLarge, $"A result of {lengthBytes} bytes does not fit into the lease's memory of {memoryBytes} bytes.");
    }
}
