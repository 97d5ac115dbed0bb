using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>
/// Files that exist in memory only and have no name (memfd): nothing is left behind, whoever dies. Sealed against
/// shrinking and growing, so that no peer can pull pages away under a mapping.
/// </summary>
internal static unsafe partial class MemoryFile
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int GetSeals = 1034;
    private const int FixedSizeSeals = 0x1 | 0x2 | 0x4; // no more seals, no shrinking, no growing
    private const int ShrinkSeal = 0x2;
    private const int GetFlags = 3;
    private const int AccessModeMask = 3;
    private const int ReadWriteMode = 2;
    private const int ProtectRead = 1;
    private const int ProtectWrite = 2;
    private const int RemovePages = 9;
    private const int MapShared = 1;
    private const int MapPopulate = 0x8000;

    /// <summary>Blocks up to this size are touched at once: first use must not pay for page faults.</summary>
    private const ulong PopulateLimitBytes = 16 << 20;

    /// <summary>Reserves zeroed memory in a nameless file.</summary>
    /// <exception cref="OutOfMemoryException">The system refused.</exception>
    public static SafeFileHandle Create(ulong lengthBytes)
    {
        var handle = new SafeFileHandle(Create("rowen", CloseOnExec | AllowSealing), ownsHandle: true);
        if (handle.IsInvalid || Truncate(handle, (long)lengthBytes) != 0 || Control(handle, AddSeals, FixedSizeSeals) != 0)
        {
            string why = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
            handle.Dispose();
            throw new InsufficientMemoryException($"The system refused {lengthBytes} bytes of shared memory: {why}.");
        }

        return handle;
    }

    /// <summary>A second handle through which the file can only be read.</summary>
    public static SafeFileHandle OpenReadOnly(SafeFileHandle file) =>
        File.OpenHandle($"/proc/self/fd/{file.DangerousGetHandle()}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    /// <summary>Whether a handle from a peer is memory that the peer cannot shrink: else reading it could kill us.</summary>
    public static bool IsSealed(SafeFileHandle file) => Control(file, GetSeals, 0) is int seals and >= 0 && (seals & ShrinkSeal) != 0;

    /// <summary>Maps the whole file, writable where the handle is.</summary>
    /// <exception cref="OutOfMemoryException">The system refused.</exception>
    public static byte* Map(SafeFileHandle file, ulong lengthBytes, out bool isWritable)
    {
        isWritable = (Control(file, GetFlags, 0) & AccessModeMask) == ReadWriteMode;
        int protection = isWritable ? ProtectRead | ProtectWrite : ProtectRead;
        int flags = MapShared | (lengthBytes <= PopulateLimitBytes ? MapPopulate : 0);
        byte* start = Map(null, (nuint)lengthBytes, protection, flags, file, 0);
        return start != (byte*)-1
            ? start
            : throw new InsufficientMemoryException(
                $"The system refused to map {lengthBytes} bytes: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    /// <summary>Ends a mapping.</summary>
    public static void Unmap(byte* start, ulong lengthBytes) => _ = UnmapPages(start, (nuint)lengthBytes);

    /// <summary>Frees the pages; whoever still maps them reads zeros.</summary>
    public static void Empty(byte* start, ulong lengthBytes) => _ = Advise(start, (nuint)lengthBytes, RemovePages);

    /// <summary>Makes pages of this process's mapping untouchable: whoever runs into them dies instead of corrupting others.</summary>
    public static void Forbid(byte* start, ulong lengthBytes)
    {
        if (Protect(start, (nuint)lengthBytes, 0) != 0)
        {
            throw new IOException($"Guard pages were refused: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int Truncate(SafeFileHandle file, long lengthBytes);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* hint, nuint lengthBytes, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapPages(void* start, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(byte* start, nuint lengthBytes, int advice);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(void* start, nuint lengthBytes, int protection);
}
