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
}
