using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Files of a file system that get a name only when they are whole: nothing is left of one whose writer dies before. Thread safety: any thread.</summary>
public static partial class NamelessFile
{
    private const int WriteOnly = 1;
    private const int CloseOnExec = 0x80000;
    private const int Nameless = 0x400000;
    private const int CurrentFolder = -100;
    private const int FollowLink = 0x400;
    private const int NameExists = 17; // EEXIST
    private const int Readable = 0b110_110_110; // as .NET makes files: the user's mask takes from it

    private static readonly int OnlyFolder = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>Without it no name can be given to an open file, but by root.</summary>
    private static readonly bool HasDescriptorFolder = Directory.Exists("/proc/self/fd");

    /// <summary>Makes one on the file system of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The file, open for writing; it is gone with its handle unless it was given a name. Null: whoever makes a file with a name there learns why, or that only this kind
    /// is missing, as on NFS and Lustre.</returns>
    public static SafeFileHandle? CreateOrNone(string folder)
    {
        if (!HasDescriptorFolder)
        {
            return null;
        }

        var file = new SafeFileHandle(Open(folder, WriteOnly | CloseOnExec | Nameless | OnlyFolder, Readable), ownsHandle: true);
        if (!file.IsInvalid)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Gives it a name that nothing has.</summary>
    /// <param name="file">One of <see cref="CreateOrNone"/>.</param>
    /// <param name="path">Its path, on the same file system.</param>
    /// <returns>False: something has the name, and stays as it is.</returns>
    /// <exception cref="IOException">The file system refused.</exception>
    public static bool TryName(SafeFileHandle file, string path)
    {
        if (Link(CurrentFolder, $"/proc/self/fd/{file.DangerousGetHandle()}", CurrentFolder, path, FollowLink) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == NameExists ? false : throw new IOException($"{path} could not be made: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>Gives it a name that something may have, in place of that, at once.</summary>
    /// <param name="file">One of <see cref="CreateOrNone"/>.</param>
    /// <param name="path">Its path, on the same file system.</param>
    /// <param name="beside">A path beside it that nothing has: only what has a name can take over another one.</param>
    /// <exception cref="IOException">The file system refused, such as for a folder of that name; nothing is left at <paramref name="beside"/>.</exception>
    public static void NameInPlaceOf(SafeFileHandle file, string path, string beside)
    {
        if (!TryName(file, beside))
        {
            throw new IOException($"{path} could not be replaced: {beside} is there.");
        }

        if (Rename(beside, path) != 0)
        {
            string why = Marshal.GetLastPInvokeErrorMessage();
            _ = Unlink(beside);
            throw new IOException($"{path} could not be replaced: {why}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "linkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(int oldFolder, string oldPath, int newFolder, string newPath, int flags);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Rename(string oldPath, string newPath);

    [LibraryImport("libc", EntryPoint = "unlink", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);
}
