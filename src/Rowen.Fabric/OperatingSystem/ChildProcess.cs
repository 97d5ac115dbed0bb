using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>
/// A child process in a group (or a session) of its own, with its output in pipes. Unlike <see cref="System.Diagnostics.Process"/> it
/// stays readable in /proc until <see cref="TryReap"/>, and its end can be waited for together with its output.
/// </summary>
/// <remarks>Thread safety: one owner thread, but for <see cref="Id"/> and <see cref="GetProcessorNs"/>.</remarks>
public sealed unsafe partial class ChildProcess : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int SetStatusFlags = 4;
    private const int NonBlocking = 0x800;
    private const int DoNotHang = 1;
    private const short SetGroup = 0x02;
    private const short SetDefaultSignals = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;
    private const nint OpenProcessCall = 434; // pidfd_open, the same number on every architecture
    private const int PeakIndex = 4; // in struct rusage, after two times of two numbers each
    private const int OpaqueSizeBytes = 512; // above what glibc and musl use for posix_spawn's structures and for sigset_t

    /// <summary>posix_spawn_file_actions_addclosefrom_np of glibc 2.34 and later; null elsewhere.</summary>
    private static readonly delegate* unmanaged<byte*, int, int> AddCloseFrom =
        NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addclosefrom_np", out nint address)
            ? (delegate* unmanaged<byte*, int, int>)address
            : null;

    private bool _isReaped;

    private ChildProcess(int id, OutputPipe output, OutputPipe error)
    {
        Id = id;
        Output = output;
        Error = error;
        nint descriptor = OpenProcess(OpenProcessCall, id, 0);
        EndHandle = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Its process id, which is also the id of its group. Not used again before <see cref="TryReap"/>.</summary>
    public int Id { get; }

    /// <summary>What it prints to its standard output.</summary>
    public OutputPipe Output { get; }

    /// <summary>What it prints to its standard error.</summary>
    public OutputPipe Error { get; }

    /// <summary>Becomes readable when the process ends; null on kernels before 5.3: then ask <see cref="TryReap"/> now and then.</summary>
    public SafeFileHandle? EndHandle { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="start">What to start.</param>
    /// <returns>The running process; the caller reaps and disposes it.</returns>
    /// <exception cref="Win32Exception">The program is not there or may not be run, or the system is out of processes.</exception>
    /// <remarks>A child that calls <see cref="ProcessControl.DieWithParent"/> lives as long as the thread that called this.</remarks>
    public static ChildProcess Start(ChildProcessStart start)
    {
        (SafeFileHandle outputEnd, SafeFileHandle outputStart) = CreatePipe();
        (SafeFileHandle errorEnd, SafeFileHandle errorStart) = CreatePipe();
        try
        {
            int id = Spawn(start, outputStart, errorStart);
            return new ChildProcess(id, new OutputPipe(outputEnd), new OutputPipe(errorEnd));
        }
        catch
        {
            outputEnd.Dispose();
            errorEnd.Dispose();
            throw;
        }
        finally
        {
            outputStart.Dispose();
            errorStart.Dispose();
        }
    }

    /// <summary>Processor time so far of all threads of a process, those that ended included.</summary>
    /// <param name="processId">The process.</param>
    /// <returns>Nanoseconds; 0 if there is no such process.</returns>
    public static long GetProcessorNs(int processId)
    {
        const int schedulerClock = 2;
        int clock = (~processId << 3) | schedulerClock; // as clock_getcpuclockid(3) makes it
        TimeSpecification time;
        return GetTime(clock, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;
    }

    /// <summary>Takes the end of the process, if it has ended. From then on its id may belong to another.</summary>
    /// <param name="exit">How it ended.</param>
    /// <returns>False while it runs.</returns>
    /// <exception cref="InvalidOperationException">It was reaped before.</exception>
    public bool TryReap(out ChildProcessExit exit)
    {
        if (_isReaped)
        {
            throw new InvalidOperationException($"Child process {Id} was reaped before.");
        }

        exit = default;
        byte* usage = stackalloc byte[OpaqueSizeBytes];
        int status = 0;
        int waited = Wait(Id, &status, DoNotHang, usage);
        if (waited == 0)
        {
            return false;
        }

        _isReaped = true;
        if (waited < 0)
        {
            exit = new ChildProcessExit(ChildProcessExit.UnknownCode, 0, 0); // this process ignores SIGCHLD: the kernel has reaped
            return true;
        }

        long* times = (long*)usage; // seconds and microseconds in user mode, then in the kernel
        long processorNs = ((times[0] + times[2]) * 1_000_000_000) + ((times[1] + times[3]) * 1_000);
        exit = new ChildProcessExit((status >> 8) & 0xff, status & 0x7f, processorNs) { PeakBytes = PeakOrNone(times[PeakIndex]) };
        return true;
    }

    /// <summary>Closes the pipes. Does not end the process.</summary>
    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
        EndHandle?.Dispose();
    }

    private static long PeakOrNone(long peakKib)
    {
        long* own = stackalloc long[OpaqueSizeBytes / sizeof(long)];
        return GetUsage(0, own) == 0 && peakKib > own[PeakIndex] ? peakKib * 1024 : 0;
    }

    private static (SafeFileHandle End, SafeFileHandle Start) CreatePipe()
    {
        int* ends = stackalloc int[2];
        if (CreatePipe(ends, CloseOnExec) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "No pipe could be made for a child process.");
        }

        var end = new SafeFileHandle(ends[0], ownsHandle: true);
        _ = Control(end, SetStatusFlags, NonBlocking);
        return (end, new SafeFileHandle(ends[1], ownsHandle: true));
    }

    private static int Spawn(ChildProcessStart start, SafeFileHandle output, SafeFileHandle error)
    {
        byte* attributes = stackalloc byte[OpaqueSizeBytes];
        byte* actions = stackalloc byte[OpaqueSizeBytes];
        byte* signals = stackalloc byte[OpaqueSizeBytes];
        List<nint> texts = [];
        _ = InitializeAttributes(attributes);
        _ = InitializeActions(actions);
        try
        {
            _ = SetFlags(attributes, (short)((start.IsSession ? SetSession : SetGroup) | SetDefaultSignals | SetSignalMask));
            _ = SetGroupId(attributes, 0);
            _ = EmptySignals(signals);
            _ = SetMask(attributes, signals);
            _ = FillSignals(signals); // .NET ignores SIGPIPE, and ignoring is inherited: the child starts afresh
            _ = SetDefaults(attributes, signals);
            _ = start.Input is { } input
                ? AddDuplicate(actions, (int)input.DangerousGetHandle(), 0)
                : AddOpen(actions, 0, (byte*)Text("/dev/null", texts), 0, 0);
            _ = AddDuplicate(actions, (int)output.DangerousGetHandle(), 1);
            _ = AddDuplicate(actions, (int)error.DangerousGetHandle(), 2);
            if (AddCloseFrom is not null)
            {
                _ = AddCloseFrom(actions, 3); // what this process itself has inherited: it may be somebody's lock, or pipe
            }

            _ = AddFolder(actions, (byte*)Text(start.WorkingFolder, texts));
            byte* file = (byte*)Text(start.FileName, texts);
            fixed (nint* arguments = Texts([start.CalledAs ?? start.FileName, .. start.Arguments], texts))
            fixed (nint* environment = Texts([.. start.Environment.Select(pair => $"{pair.Key}={pair.Value}")], texts))
            {
                int id;
                int failure = Spawn(&id, file, actions, attributes, arguments, environment);
                GC.KeepAlive(start.Input);
                return failure == 0
                    ? id
                    : throw new Win32Exception(
                        failure, $"'{start.FileName}' could not be started: {new Win32Exception(failure).Message}.");
            }
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
            texts.ForEach(Marshal.FreeCoTaskMem);
        }
    }

    private static nint Text(string text, List<nint> texts)
    {
        texts.Add(Marshal.StringToCoTaskMemUTF8(text));
        return texts[^1];
    }

    private static nint[] Texts(IReadOnlyList<string> items, List<nint> texts) =>
        [.. items.Select(item => Text(item, texts)), 0];

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int CreatePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint OpenProcess(nint number, int processId, uint flags);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    private static partial int Wait(int processId, int* status, int options, byte* usage);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int whose, long* usage);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, TimeSpecification* time);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(
        int* id, byte* file, byte* actions, byte* attributes, nint* arguments, nint* environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    private static partial int SetGroupId(byte* attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int FillSignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial int AddOpen(byte* actions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    private static partial int AddFolder(byte* actions, byte* folder);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
