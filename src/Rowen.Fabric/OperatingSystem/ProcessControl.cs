using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>What .NET's <see cref="System.Diagnostics.Process"/> cannot do to processes: signals, groups, a common death.</summary>
/// <remarks>Thread safety: any thread, but see <see cref="DieWithParent"/>.</remarks>
public static partial class ProcessControl
{
    private const int SetParentDeathSignal = 1;
    private const int DeniedPermission = 1;

    private static readonly string[] Names =
    [
        "no signal", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL",
        "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP",
        "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",
        "SIGPWR", "SIGSYS",
    ];

    /// <summary>Lets the kernel kill this process (SIGKILL) as soon as the thread that started it ends.</summary>
    /// <remarks>
    /// Call it on the main thread: the kernel forgets it when the calling thread ends. A parent that died before the
    /// call is not noticed; whoever needs that looks for its parent afterwards, by connecting to it.
    /// </remarks>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void DieWithParent()
    {
        if (Control(SetParentDeathSignal, (nuint)ProcessSignal.Kill, 0, 0, 0) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "The process could not be tied to its parent.");
        }
    }

    /// <summary>Sends a signal to one process.</summary>
    /// <param name="processId">A process that is known to be ours: ids are used again.</param>
    /// <param name="signal">The signal.</param>
    /// <returns>False if there is no such process any more.</returns>
    /// <exception cref="Win32Exception">The process belongs to another user.</exception>
    public static bool Kill(int processId, ProcessSignal signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 2); // 0, 1 and negatives reach far more than one process
        return Send(processId, signal);
    }

    /// <summary>Sends a signal to every process of a group.</summary>
    /// <param name="groupId">The group: the process id of its founder.</param>
    /// <param name="signal">The signal.</param>
    /// <returns>False if the group has no member any more.</returns>
    /// <exception cref="Win32Exception">All of its members belong to other users.</exception>
    public static bool KillGroup(int groupId, ProcessSignal signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupId, 2);
        return Send(-groupId, signal);
    }

    /// <summary>Ends this process at once: no handler of .NET's or C's runs.</summary>
    /// <remarks>An orderly exit takes .NET 20 ms, which whoever waits for the node should not wait for.</remarks>
    /// <param name="code">What its parent hears, from 0 to 255.</param>
    public static void ExitNow(int code) => EndAtOnce(code);

    /// <summary>Ends this process as C does, after what C has buffered was written. No handler of .NET's runs.</summary>
    /// <param name="code">What its parent hears, from 0 to 255.</param>
    /// <param name="withHandlers">Whether those of C, C++ and Fortran run, which also write what the latter two have buffered: not while a thread still uses what they take down.</param>
    public static void ExitAsC(int code, bool withHandlers)
    {
        _ = FlushAll(0);
        if (withHandlers)
        {
            End(code);
        }

        EndAtOnce(code);
    }

    /// <summary>Sees to it that this process ends within a time, such as where a thread that holds a file's lock keeps it.</summary>
    /// <param name="bound">The time.</param>
    /// <param name="code">What its parent hears then, from 0 to 255.</param>
    public static void BoundExit(TimeSpan bound, int code)
    {
        var overdue = new Thread(() =>
        {
            using var never = new ManualResetEventSlim();
            never.Wait(bound);
            EndAtOnce(code);
        });
        (overdue.Name, overdue.IsBackground) = ("rowen-overdue", true);
        overdue.Start();
    }

    /// <summary>The signal as people know it: <c>SIGSEGV</c>.</summary>
    /// <param name="signal">Its number.</param>
    public static string NameOf(int signal) => signal >= 0 && signal < Names.Length
        ? Names[signal]
        : string.Create(CultureInfo.InvariantCulture, $"signal {signal}");

    private static bool Send(int target, ProcessSignal signal)
    {
        if (SendSignal(target, (int)signal) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == DeniedPermission
            ? throw new Win32Exception(error, $"{NameOf((int)signal)} to {target} was not permitted.")
            : false;
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "fflush")]
    private static partial int FlushAll(nint none);

    [LibraryImport("libc", EntryPoint = "exit")]
    private static partial void End(int code);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void EndAtOnce(int code);
}
