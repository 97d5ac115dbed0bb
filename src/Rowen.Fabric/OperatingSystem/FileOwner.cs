using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Who owns an open file: .NET tells a file's mode, but not its user.</summary>
public static unsafe partial class FileOwner
{
    private const int EmptyPath = 0x1000;
    private const uint WantUser = 0x8;
    private const int AnswerBytes = 256; // struct statx, the same on every architecture
    private const int UserOffset = 20;

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

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int GetStatus(SafeFileHandle folder, byte* path, int flags, uint mask, byte* answer);
}
