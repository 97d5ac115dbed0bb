using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>What a path leads to: .NET takes pipes and sockets for ordinary files, and waits in them.</summary>
public static unsafe partial class FileKind
{
    private const int CurrentFolder = -100;
    private const uint WantType = 0x1;
    private const int AnswerBytes = 256; // struct statx, the same on every architecture
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Whether it is a file with bytes of its own; links are followed.</summary>
    /// <param name="path">The path.</param>
    /// <returns>False also if nothing is there, or it may not be seen.</returns>
    public static bool IsRegular(string path)
    {
        byte* answer = stackalloc byte[AnswerBytes];
        return GetStatus(CurrentFolder, path, 0, WantType, answer) == 0 && (*(ushort*)(answer + ModeOffset) & TypeMask) == Regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int folder, string path, int flags, uint mask, byte* answer);
}
