using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Functions;

/// <summary>
/// An exported C function <c>int32_t f(const void* in, uint64_t in_size, void* out, uint64_t* out_size)</c>, called on the
/// leased thread. <c>*out_size</c> says how much room there is, and then how long the result is.
/// </summary>
/// <remarks>
/// A function <c>f</c> may have a second part, <c>int32_t f_rowen_result(void* out)</c>. It is then given the slot's room at first, and memory for a longer result is made when its
/// length is known: <c>f</c> says how long it is and returns 0, and <c>f_rowen_result</c> writes it.
/// </remarks>
internal sealed unsafe class NativeFunction(string name, nint address, nint resultAddress = 0)
    : LoadedFunction(name, "native", FunctionDescription.Bytes, resultAddress == 0 ? FunctionDescription.Bytes : typeof(byte[]).FullName!)
{
    /// <summary>What the second part is called.</summary>
    public const string ResultSuffix = "_rowen_result";

    /// <summary>No text, no small number, no repeated byte: nobody writes this by accident.</summary>
    private static readonly byte[] Canary = MakeCanary();

    private readonly delegate* unmanaged<void*, ulong, void*, ulong*, int> _function =
        (delegate* unmanaged<void*, ulong, void*, ulong*, int>)address;

    private readonly delegate* unmanaged<void*, int> _result = (delegate* unmanaged<void*, int>)resultAddress;

    public override void Run(FunctionCall call)
    {
        bool isInTwoParts = _result != null;
        ulong capacity = isInTwoParts ? Math.Min(call.ResultCapacity, call.SlotBytes) : call.ResultCapacity;
        Span<byte> spare = Reserve(call, capacity, out byte* output);
        ulong size = capacity;
        int code = _function((void*)call.InputAddress, call.InputBytes, output, &size);
        CheckSpare(spare, capacity);
        if (isInTwoParts && code == 0 && size > capacity && size <= call.ResultCapacity)
        {
            capacity = size;
            spare = Reserve(call, capacity, out output);
            code = _result(output);
            CheckSpare(spare, capacity);
        }

        call.ResultBytes = Check(code, size, isInTwoParts ? call.ResultCapacity : capacity);
    }

    /// <summary>Room for a result.</summary>
    /// <returns>What lies behind it, marked.</returns>
    private static Span<byte> Reserve(FunctionCall call, ulong capacity, out byte* output)
    {
        output = (byte*)call.Reserve(capacity);
        var spare = new Span<byte>(output + capacity, call.SpareBytes);
        Canary.AsSpan(0, spare.Length).CopyTo(spare);
        return spare;
    }

    private void CheckSpare(ReadOnlySpan<byte> spare, ulong capacity)
    {
        if (!spare.SequenceEqual(Canary.AsSpan(0, spare.Length)))
        {
            throw new RowenException(
                ErrorCode.OutputOverrun, $"'{Name}' wrote past the end of its output, which had room for {capacity} bytes.");
        }
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
