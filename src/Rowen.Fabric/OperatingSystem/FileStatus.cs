using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>What the kernel knows of a file, in one call. .NET does not tell its owner, takes pipes for files, and asks for time and length apart.</summary>
/// <param name="IsRegular">Whether it has bytes of its own: no folder, pipe, socket or device.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="WrittenTicks">When it was written last, in .NET's ticks of UTC.</param>
public readonly unsafe partial record struct FileStatus(bool IsRegular, bool IsFolder, uint UserId, long LengthBytes, long WrittenTicks)
{
    private const int EmptyPath = 0x1000;
    private const int CurrentFolder = -100;
    private const uint Wanted = 0x1 | 0x8 | 0x40 | 0x200; // kind, user, time of the last write, length
    private const int AnswerBytes = 256; // struct statx, the same on every architecture
    private const int UserOffset = 20;
    private const int ModeOffset = 28;
    private const int LengthOffset = 40;
    private const int WrittenSecondsOffset = 112;
    private const int WrittenNanosecondsOffset = 120;
    private const int KindMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Asks about an open file, so that nobody can exchange it between check and use.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Null if the file system or the kernel does not say.</returns>
    public static FileStatus? OfOrNone(SafeFileHandle file)
    {
        byte* answer = stackalloc byte[AnswerBytes];
        byte empty = 0;
        return GetStatus(file, &empty, EmptyPath, Wanted, answer) == 0 ? Read(answer) : null;
    }

    /// <summary>Asks what a path leads to; links are followed.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Null if nothing is there, it may not be seen, or the kernel does not say.</returns>
    public static FileStatus? OfOrNone(string path)
    {
        byte* answer = stackalloc byte[AnswerBytes];
        return GetStatus(CurrentFolder, path, 0, Wanted, answer) == 0 ? Read(answer) : null;
    }

    private static FileStatus Read(byte* answer)
    {
        int kind = *(ushort*)(answer + ModeOffset) & KindMask;
        long ticks = DateTime.UnixEpoch.Ticks + (*(long*)(answer + WrittenSecondsOffset) * TimeSpan.TicksPerSecond) + (*(uint*)(answer + WrittenNanosecondsOffset) / TimeSpan.NanosecondsPerTick);
        return new FileStatus(kind == RegularFile, kind == Folder, *(uint*)(answer + UserOffset), *(long*)(answer + LengthOffset), ticks);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int folder, string path, int flags, uint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int GetStatus(SafeFileHandle folder, byte* path, int flags, uint mask, byte* answer);
}
