namespace Rowen.Native;

/// <summary>Elements of one size that lie one after the other in memory of C's.</summary>
internal sealed unsafe class NativeArray
{
    private readonly byte* _start;
    private readonly int _elementBytes;

    /// <exception cref="ArgumentException">It cannot be.</exception>
    public NativeArray(byte* start, nuint elementBytes, nuint count, string what)
    {
        if (elementBytes > int.MaxValue || count > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(count), $"{what}: {count} of {elementBytes} bytes; both must be below 2^31.");
        }

        if (start is null && elementBytes != 0 && count != 0)
        {
            throw new ArgumentException($"{what} are NULL.", nameof(start));
        }

        _start = start;
        _elementBytes = (int)elementBytes;
    }

    public Span<byte> SpanOf(long index) => new(_start + (index * _elementBytes), _elementBytes);

    public ReadOnlyMemory<byte> MemoryOf(long index) => new NativeBytes(_start + (index * _elementBytes), _elementBytes).Memory;
}
