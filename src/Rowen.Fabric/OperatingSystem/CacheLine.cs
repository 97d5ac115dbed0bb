using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>The unit in which memory travels between cores.</summary>
internal static unsafe class CacheLine
{
    public const int SizeBytes = 64;

    /// <summary>Begins to bring a line in, where the processor can; harmless wherever it points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* place)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(place);
        }
    }
}
