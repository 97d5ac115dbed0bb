using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>A nameless file in memory with given bytes: what a child process reads as its standard input, however slowly.</summary>
public static partial class ContentFile
{
    private const uint CloseOnExec = 1;

    /// <summary>Makes it, ready to be read from its start.</summary>
    /// <param name="content">Its bytes.</param>
    /// <returns>The file; it is gone when the last handle is closed.</returns>
    /// <exception cref="IOException">The system has no memory for it.</exception>
    public static SafeFileHandle Create(ReadOnlySpan<byte> content)
    {
        var file = new SafeFileHandle(Create("rowen-input", CloseOnExec), ownsHandle: true);
        try
        {
            if (file.IsInvalid)
            {
                throw new IOException($"No file in memory could be made: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
            }

            RandomAccess.Write(file, content, fileOffset: 0); // and not the file's own position, which stays at the start
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint Create(string name, uint flags);
}
