using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Who owns an open file: .NET tells a file's mode, but not its user.</summary>
public static unsafe partial class FileOwner
{
    private const int EmptyPath = 0x1000;
    private const int CurrentFolder = -100;
    private const uint WantKind = 0x1;
    private const uint WantUser = 0x8;
    private const int AnswerBytes = 256; // struct statx, the same on every architecture
    private const int UserOffset = 20;
    private const int ModeOffset = 28;
    private const int KindMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Asks the kernel about an open file, so that nobody can exchange it between check and use.</summary>
    /// <param name="file">The file.</param>
    /// <param name="userId">Its user.</param>
    /// <returns>False if the file system or the kernel does not say.</returns>
    public static bool TryGet(SafeFileHandle file, out uint userId)
    {
        byte* answer = stackalloc byte[AnswerBytes];
        byte empty = 0;
        bool isKnown = GetStatus(file, &empty, EmptyPath, WantUser, answer) == 0;
        userId = isKnown ? *(uint*)(answer + UserOffset) : 0;
        return isKnown;
    }

    /// <summary>Whether a name is that of a pipe, a socket or a device: opening it may wait for ever.</summary>
    /// <param name="path">The name; links are followed.</param>
    /// <returns>False for files and folders, and if there is nothing, or the kernel does not say.</returns>
    public static bool IsNoFile(string path)
    {
        byte* answer = stackalloc byte[AnswerBytes];
        return GetStatus(CurrentFolder, path, 0, WantKind, answer) == 0
            && (*(ushort*)(answer + ModeOffset) & KindMask) is not (RegularFile or Folder);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int folder, string path, int flags, uint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int GetStatus(SafeFileHandle folder, byte* path, int flags, uint mask, byte* answer);
}
