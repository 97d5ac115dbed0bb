using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Functions;

/// <summary>
/// An exported C function <c>int32_t f(const void* in, uint64_t in_size, void* out, uint64_t* out_size)</c>, called on the
/// leased thread. <c>*out_size</c> says how much room there is, and then how long the result is.
/// </summary>
internal sealed unsafe class NativeFunction(string name, nint address)
    : LoadedFunction(name, "native", FunctionDescription.Bytes, FunctionDescription.Bytes)
{
    /// <summary>No text, no small number, no repeated byte: nobody writes this by accident.</summary>
    private static readonly byte[] Canary = MakeCanary();

    private readonly delegate* unmanaged<void*, ulong, void*, ulong*, int> _function =
        (delegate* unmanaged<void*, ulong, void*, ulong*, int>)address;

    public override void Run(FunctionCall call)
    {
        ulong capacity = call.ResultCapacity;
        var output = (byte*)call.Reserve(capacity);
        ulong size = capacity;
        var spare = new Span<byte>(output + capacity, call.SpareBytes);
        ReadOnlySpan<byte> canary = Canary.AsSpan(0, spare.Length);
        canary.CopyTo(spare);
        int code = _function((void*)call.InputAddress, call.InputBytes, output, &size);
        if (!spare.SequenceEqual(canary))
        {
            throw new RowenException(
                ErrorCode.OutputOverrun, $"'{Name}' wrote past the end of its output, which had room for {capacity} bytes.");
        }

        call.ResultBytes = Check(code, size, capacity);
    }

    private ulong Check(int code, ulong size, ulong capacity)
    {
        if (size > capacity) // asked for before the code: many return an error when they need more room
        {
            throw new RowenException(
                ErrorCode.ResultTooLarge, $"'{Name}' needs room for {size} bytes, the caller gave {capacity}.");
        }

        return code == 0 ? size : throw new RowenException(ErrorCode.FunctionFailed, $"'{Name}' returned {code}.");
    }

    private static byte[] MakeCanary()
    {
        byte[] canary = new byte[SlotLayout.PageBytes];
        for (int offset = 0; offset < canary.Length; offset += sizeof(ulong))
        {
            BitConverter.TryWriteBytes(canary.AsSpan(offset), 0x9E3779B97F4A7C15 + (ulong)offset);
        }

        return canary;
    }
}
