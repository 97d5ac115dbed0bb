using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Makes the names in a folder durable; .NET flushes files alone.</summary>
public static partial class FolderSync
{
    private const int OnlyReading = 0;
    private const int CloseOnExec = 0x80000;

    /// <summary>Waits until the files that were made, renamed or removed in a folder stay so after a loss of power.</summary>
    /// <param name="folder">The folder itself, not those above or below it.</param>
    /// <exception cref="IOException">The folder cannot be opened, or the disk failed.</exception>
    public static void Flush(string folder)
    {
        using var handle = new SafeFileHandle(Open(folder, OnlyReading | CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid || Sync(handle) != 0)
        {
            throw new IOException($"The folder {folder} could not be made durable: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
