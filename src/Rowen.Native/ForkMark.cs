using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary>A page that the kernel empties in a forked child, where no thread of the runtime is left: calls there must fail, and not hang.</summary>
internal static unsafe partial class ForkMark
{
    private const int ProtectionReadWrite = 3;
    private const int PrivateAnonymous = 0x22;
    private const int WipeOnFork = 18;
    private const nuint PageBytes = 4096;

    private static readonly int* Page = Make();

    /// <summary>Whether this process is a fork of the one that loaded the library.</summary>
    public static bool IsFork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref *Page) == 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Refuse() => NativeError.Fail(
        NativeError.Forked, "This process is a fork of the one that loaded librowen: its threads are not here. Connect after exec, or fork before the first call.");

    private static int* Make()
    {
        int* page = (int*)Map(null, PageBytes, ProtectionReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)page == -1 || Advise(page, PageBytes, WipeOnFork) != 0)
        {
            page = (int*)NativeMemory.AllocZeroed(PageBytes); // a kernel before 4.14: forks are not noticed
        }

        *page = 1;
        return page;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
