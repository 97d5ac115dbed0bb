using System.Runtime.InteropServices;
using Rowen.Functions;

namespace Rowen.TestFunctions;

public static class Allocations
{
    [Function]
    public static int AllocatedBytes(ReadOnlySpan<byte> input, Span<byte> output)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        MemoryMarshal.Write(output, in bytes);
        return sizeof(long);
    }
}
