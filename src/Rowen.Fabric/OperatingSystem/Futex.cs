using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Sleeps on a word of memory that processes share, and wakes who sleeps there. Linux only.</summary>
internal static unsafe partial class Futex
{
    private const int WaitOperation = 0; // not "private": the word lies in memory of two processes
    private const int WakeOperation = 1;

    private static readonly nint CallNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        Architecture other => throw new PlatformNotSupportedException($"Rowen knows no futex on {other}."),
    };

    /// <summary>Sleeps while the word has a value. May return without reason: look again.</summary>
    public static void Wait(int* word, int value, TimeSpan timeout)
    {
        var time = new TimeSpecification(timeout);
        _ = SystemCall(CallNumber, word, WaitOperation, value, &time, null, 0);
    }

    /// <summary>Wakes one sleeper.</summary>
    public static void WakeOne(int* word) => _ = SystemCall(CallNumber, word, WakeOperation, 1, null, null, 0);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(
        nint number, int* word, int operation, int value, TimeSpecification* timeout, int* second, int third);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpecification(TimeSpan time)
    {
        private readonly long _seconds = time.Ticks / TimeSpan.TicksPerSecond;
        private readonly long _nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * 100;
    }
}
