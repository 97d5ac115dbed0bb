using System.Buffers;

namespace Rowen.Executor.Functions;

/// <summary>Lends an input in place as <see cref="Memory{T}"/>; after its end, whoever kept it gets an exception, not other data.</summary>
internal sealed unsafe class InputMemory<T>(FunctionCall call) : MemoryManager<T>
    where T : unmanaged
{
    private T* _address = (T*)call.InputAddress;
    private readonly int _length = InputElements.Of<T>(call).Length;

    public override Span<T> GetSpan() => new(Address(), _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(Address() + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => _address = null;

    private T* Address() => _address is not null || _length == 0
        ? _address
        : throw new ObjectDisposedException(
            "input", "A function's input ends with its invocation: copy what must outlive it.");
}
