using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>
/// A memory barrier that one process issues for all: who sleeps seldom pays it, who writes often need not pay a barrier
/// for each write. Linux 4.16 and later.
/// </summary>
/// <remarks>
/// Covers the processes that have registered (membarrier(2), MEMBARRIER_CMD_GLOBAL_EXPEDITED): whatever such a process
/// has stored before the call is visible to all after it, without a barrier of its own.
/// </remarks>
internal static partial class ProcessBarrier
{
    private const int GlobalExpedited = 1 << 1;
    private const int RegisterGlobalExpedited = 1 << 2;

    private static readonly nint CallNumber = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 324 : 283;

    /// <summary>Whether this process has registered: it may issue barriers, and those of others cover it.</summary>
    public static bool IsAvailable { get; } = SystemCall(CallNumber, RegisterGlobalExpedited, 0, 0) == 0;

    /// <summary>Issues one; some microseconds.</summary>
    public static void Issue() => _ = SystemCall(CallNumber, GlobalExpedited, 0, 0);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, int command, uint flags, int processor);
}
