using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Sleeps until one of several sockets has something to do, or somebody wakes it: poll(2) and an eventfd.</summary>
/// <remarks>Thread safety: one thread adds and sleeps; any thread may <see cref="Wake"/>. Sleeping does not allocate.</remarks>
internal sealed unsafe partial class SocketSleep : IDisposable
{
    private const short CanReceive = 0x001;
    private const short CanSend = 0x004;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    private readonly SafeFileHandle _wake;
    private Watched[] _watched;
    private int _count = 1;

    public SocketSleep()
    {
        int descriptor = CreateEvent(0, CloseOnExec | NonBlocking);
        if (descriptor < 0)
        {
            string why = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
            throw new IOException($"The system refused an event to wake a sleeping endpoint by: {why}.");
        }

        _wake = new SafeFileHandle(descriptor, ownsHandle: true);
        _watched = new Watched[8];
        _watched[0] = new Watched { Descriptor = descriptor, Wanted = CanReceive };
    }

    /// <summary>Whether the last sleep was ended by <see cref="Wake"/>, alone or among others.</summary>
    public bool IsWoken { get; private set; }

    /// <summary>Forgets the sockets of the last sleep.</summary>
    public void Clear() => _count = 1;

    /// <summary>Watches one more socket during the next sleep.</summary>
    public void Add(int socket, bool wantsToSend)
    {
        if (_count == _watched.Length)
        {
            Array.Resize(ref _watched, 2 * _count);
        }

        short wanted = (short)(CanReceive | (wantsToSend ? CanSend : 0));
        _watched[_count++] = new Watched { Descriptor = socket, Wanted = wanted };
    }

    /// <summary>Sleeps. A wake that came before counts.</summary>
    /// <returns>False if time was up.</returns>
    public bool Sleep(TimeSpan timeout)
    {
        var span = new Duration { Seconds = (nint)timeout.Ticks / (nint)TimeSpan.TicksPerSecond };
        span.Nanoseconds = (nint)(timeout.Ticks - (span.Seconds * TimeSpan.TicksPerSecond)) * 100;
        int ready;
        fixed (Watched* watched = _watched)
        {
            ready = Poll(watched, (nuint)_count, &span, null);
        }

        IsWoken = ready > 0 && _watched[0].Happened != 0;
        if (IsWoken)
        {
            ulong counter;
            _ = ReadCounter(_watched[0].Descriptor, &counter, sizeof(ulong));
        }

        return ready != 0;
    }

    public void Wake()
    {
        ulong one = 1;
        try
        {
            _ = AddToCounter(_wake, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Nobody sleeps here any more.
        }
    }

    public void Dispose() => _wake.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(Watched* watched, nuint count, Duration* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadCounter(int file, ulong* counter, nuint sizeBytes);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint AddToCounter(SafeFileHandle file, ulong* counter, nuint sizeBytes);

    [StructLayout(LayoutKind.Sequential)]
    private struct Watched
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Duration
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
