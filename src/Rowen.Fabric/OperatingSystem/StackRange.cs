using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>The range of a thread's stack: tells that thread from all others that live, by where a local variable lies.</summary>
/// <remarks>
/// Asking for the thread's number costs a call into the runtime and one into the dynamic linker, a tenth of a hot invocation.
/// A range outlives its thread; whoever gets the same addresses then is the only one who has them.
/// </remarks>
public readonly unsafe partial struct StackRange
{
    /// <summary>The range; its address on this thread alone is dear where it is the process's first: Linux reads a file for it.</summary>
    [ThreadStatic]
    private static StackRange s_current;

    private readonly nuint _start;
    private readonly nuint _lengthBytes;

    private StackRange(nuint start, nuint lengthBytes)
    {
        _start = start;
        _lengthBytes = lengthBytes;
    }

    /// <summary>Whether the calling thread is the one whose stack this is; false for <c>default</c>.</summary>
    public bool IsCurrent
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            byte here;
            return (nuint)(&here) - _start < _lengthBytes;
        }
    }

    /// <summary>The calling thread's.</summary>
    /// <returns>A range that is nobody's, if the system does not say.</returns>
    public static StackRange OfCurrentThread() =>
        s_current._lengthBytes != 0 ? s_current : s_current = ReadOrNone();

    private static StackRange ReadOrNone()
    {
        Attributes attributes = default;
        if (GetAttributes(Self(), &attributes) != 0)
        {
            return default;
        }

        nuint start, lengthBytes;
        bool isKnown = GetStack(&attributes, &start, &lengthBytes) == 0;
        _ = Destroy(&attributes);
        return isKnown ? new StackRange(start, lengthBytes) : default;
    }

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nuint Self();

    [LibraryImport("libc", EntryPoint = "pthread_getattr_np")]
    private static partial int GetAttributes(nuint thread, Attributes* attributes);

    [LibraryImport("libc", EntryPoint = "pthread_attr_getstack")]
    private static partial int GetStack(Attributes* attributes, nuint* start, nuint* lengthBytes);

    [LibraryImport("libc", EntryPoint = "pthread_attr_destroy")]
    private static partial int Destroy(Attributes* attributes);

    /// <summary>pthread_attr_t: 56 bytes on x64, 64 on arm64.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Attributes;
}
