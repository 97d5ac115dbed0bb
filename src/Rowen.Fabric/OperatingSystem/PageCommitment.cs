using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Brings the pages of a mapping in before they are used: whoever uses them neither waits for the kernel nor dies of a full machine.</summary>
internal static unsafe partial class PageCommitment
{
    private const int PopulateForWriting = 23;
    private const int InvalidArgument = 22;

    /// <summary>Has the kernel provide pages; what they hold stays as it is, whoever else writes there meanwhile.</summary>
    /// <param name="start">First byte, at a page's beginning.</param>
    /// <param name="lengthBytes">How many bytes.</param>
    /// <exception cref="OutOfMemoryException">There are not enough.</exception>
    public static void Commit(byte* start, ulong lengthBytes)
    {
        if (Advise(start, (nuint)lengthBytes, PopulateForWriting) == 0)
        {
            return;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error != InvalidArgument)
        {
            throw new InsufficientMemoryException($"The system has not {lengthBytes} bytes of memory left: {new Win32Exception(error).Message}.");
        }

        for (ulong at = 0; at < lengthBytes; at += PrivatePages.PageBytes)
        {
            Interlocked.Or(ref *(int*)(start + at), 0); // a kernel before 5.14; a peer's write must not be undone
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(byte* start, nuint lengthBytes, int advice);
}
