using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Zeroed pages that only this process sees. Once they are freed, whoever touches them dies at once.</summary>
internal static unsafe partial class PrivatePages
{
    /// <summary>Size of a page.</summary>
    public const ulong PageBytes = 4096;

    private const int ReadAndWrite = 0x1 | 0x2;
    private const int PrivateAndAnonymous = 0x02 | 0x20;
    private const int Populate = 0x8000;
    private const int AdviseDoNotNeed = 4;
    private const int AdviseHugePages = 14;

    /// <summary>Blocks up to this size are touched at once: first use must not pay for page faults.</summary>
    private const ulong PopulateLimitBytes = 16 << 20;

    /// <summary>Reserves pages.</summary>
    /// <exception cref="OutOfMemoryException">The system refused.</exception>
    public static byte* Reserve(ulong lengthBytes)
    {
        ulong whole = WholePages(lengthBytes);
        int flags = PrivateAndAnonymous | (whole <= PopulateLimitBytes ? Populate : 0);
        byte* start = Map(null, (nuint)whole, ReadAndWrite, flags, -1, 0);
        if (start == (byte*)-1)
        {
            string why = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
            throw new InsufficientMemoryException($"The system refused {whole} bytes of memory: {why}.");
        }

        if (whole > PopulateLimitBytes)
        {
            _ = Advise(start, (nuint)whole, AdviseHugePages); // a tenth of the page faults; without them it works as well
        }

        return start;
    }

    /// <summary>Frees pages, guarded ones among them.</summary>
    public static void Free(byte* start, ulong lengthBytes) => _ = Unmap(start, (nuint)WholePages(lengthBytes));

    /// <summary>Gives the memory back and keeps the addresses: whoever still reads there finds zeros, and whoever writes harms nobody.</summary>
    public static void Empty(byte* start, ulong lengthBytes) => _ = Advise(start, (nuint)WholePages(lengthBytes), AdviseDoNotNeed);

    private static ulong WholePages(ulong lengthBytes) => (lengthBytes + PageBytes - 1) & ~(PageBytes - 1);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* hint, nuint lengthBytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(byte* start, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(byte* start, nuint lengthBytes, int advice);
}
