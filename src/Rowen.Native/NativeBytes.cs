using System.Buffers;

namespace Rowen.Native;

/// <summary>Bytes of C's that a map reads where they lie.</summary>
internal sealed unsafe class NativeBytes(byte* start, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
        // what C owns does not move
    }

    protected override void Dispose(bool disposing)
    {
        // nor does it end with this
    }
}
