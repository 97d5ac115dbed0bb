using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Lets the kernel begin to write to the disk what a file was given.</summary>
public static partial class FileWriteback
{
    private const uint StartWriting = 2; // SYNC_FILE_RANGE_WRITE

    /// <summary>Begins to write bytes of a file to its disk, so that a flush later has less to wait for. Promises nothing: errors, and what no disk does, are the flush's to tell.</summary>
    /// <param name="file">A file that is open for writing.</param>
    /// <param name="offset">The first byte, from 0.</param>
    /// <param name="lengthBytes">How many, from 1.</param>
    public static void Start(SafeFileHandle file, long offset, long lengthBytes) => _ = SyncFileRange(file, offset, lengthBytes, StartWriting);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long lengthBytes, uint flags);
}
