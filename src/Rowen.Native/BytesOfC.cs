using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary><c>rowen_bytes</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct BytesOfC
{
    private readonly byte* _data;
    private readonly nuint _size;

    /// <summary>They, where they lie.</summary>
    /// <exception cref="ArgumentException">They cannot be.</exception>
    public ReadOnlyMemory<byte> Memory => new NativeArray(_data, _size, 1, "An item's bytes").MemoryOf(0);

    /// <summary>The same, without making an object.</summary>
    /// <exception cref="ArgumentException">They cannot be.</exception>
    public ReadOnlySpan<byte> Span => _size <= int.MaxValue && (_data is not null || _size == 0)
        ? new ReadOnlySpan<byte>(_data, (int)_size)
        : throw new ArgumentException($"A piece of the input has {_size} bytes, which must be below 2^31, or is NULL.");
}
