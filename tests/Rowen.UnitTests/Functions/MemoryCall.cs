using System.Runtime.InteropServices;
using Rowen.Executor.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.UnitTests.Functions;

/// <summary>A call whose input and result lie in memory of the test's own, with room for a canary behind the result.</summary>
internal sealed unsafe class MemoryCall : FunctionCall, IDisposable
{
    private readonly ulong _maxBytes;
    private readonly ulong _slotBytes;
    private void* _input;
    private void* _output;
    private ulong _outputBytes;

    public MemoryCall(ReadOnlySpan<byte> input, int capacity = 4096, ulong maxBytes = 1 << 20, int? slotBytes = null)
    {
        _maxBytes = maxBytes;
        _slotBytes = (ulong)(slotBytes ?? capacity);
        _input = NativeMemory.AlignedAlloc((nuint)Math.Max(input.Length, 1), 64);
        input.CopyTo(new Span<byte>(_input, input.Length));
        InputAddress = (nint)_input;
        InputBytes = (ulong)input.Length;
        ResultCapacity = (ulong)capacity;
    }

    public override ulong SlotBytes => _slotBytes;

    public ReadOnlySpan<byte> Result => new(_output, checked((int)ResultBytes));

    public void PretendInputOf(ulong lengthBytes) => InputBytes = lengthBytes;

    public override nint Reserve(ulong lengthBytes)
    {
        if (lengthBytes > _maxBytes)
        {
            throw new RowenException(ErrorCode.ResultTooLarge, $"{lengthBytes} bytes");
        }

        if (_output is null || _outputBytes != lengthBytes)
        {
            NativeMemory.AlignedFree(_output);
            _output = NativeMemory.AlignedAlloc((nuint)(lengthBytes + SlotLayout.CanaryBytes), 64);
            _outputBytes = lengthBytes;
        }

        return (nint)_output;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_input);
        NativeMemory.AlignedFree(_output);
        _input = null;
        _output = null;
    }
}
