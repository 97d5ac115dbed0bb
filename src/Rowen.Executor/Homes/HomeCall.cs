using System.Runtime.InteropServices;
using Rowen.Executor.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Executor.Homes;

/// <summary>A call whose input and result lie in this process. One for each thread, reused.</summary>
internal sealed unsafe class HomeCall(ulong memoryBytes, ulong resultCapacity) : FunctionCall, IDisposable
{
    private const int Alignment = 16;

    /// <summary>What is kept for the next call.</summary>
    private const ulong KeptBytes = 1 << 20;

    private void* _input;
    private ulong _inputSize;
    private void* _output;
    private ulong _outputSize;

    /// <summary>What the function left.</summary>
    public ReadOnlySpan<byte> Result => ResultBytes <= int.MaxValue
        ? new ReadOnlySpan<byte>(_output, (int)ResultBytes)
        : throw TooLarge(ResultBytes);

    /// <summary>Turns to the next item.</summary>
    public void Begin(ReadOnlySpan<byte> input)
    {
        Ensure(ref _input, ref _inputSize, (ulong)input.Length);
        input.CopyTo(new Span<byte>(_input, input.Length));
        InputAddress = (nint)_input;
        InputBytes = (ulong)input.Length;
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

        Ensure(ref _output, ref _outputSize, lengthBytes + SlotLayout.CanaryBytes);
        return (nint)_output;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_input);
        NativeMemory.AlignedFree(_output);
        _input = _output = null;
        _inputSize = _outputSize = 0;
    }

    private RowenException TooLarge(ulong lengthBytes) => new(
        ErrorCode.ResultTooLarge, $"A result of {lengthBytes} bytes does not fit into the lease's memory of {memoryBytes} bytes.");

    private static void Ensure(ref void* memory, ref ulong size, ulong wanted)
    {
        wanted = Math.Max(wanted, 4096);
        if (wanted > size || size > Math.Max(KeptBytes, wanted))
        {
            NativeMemory.AlignedFree(memory);
            memory = null;
            size = 0;
            memory = NativeMemory.AlignedAlloc((nuint)wanted, Alignment); // throws OutOfMemoryException
            size = wanted;
        }
    }
}
