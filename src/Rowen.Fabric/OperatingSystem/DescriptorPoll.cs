using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Waits, on one thread, until any of several descriptors can be read, somebody wakes it, or time is up: poll(2).</summary>
/// <remarks>Thread safety: one thread waits; any thread may <see cref="Wake"/>.</remarks>
public sealed partial class DescriptorPoll : IDisposable
{
    private const short Readable = 1;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    private readonly SafeFileHandle _wake;
    private PollDescriptor[] _descriptors = new PollDescriptor[16];

    /// <summary>Creates it.</summary>
    /// <exception cref="Win32Exception">This process may open no more files.</exception>
    public DescriptorPoll()
    {
        int descriptor = CreateEvent(0, CloseOnExec | NonBlocking);
        _wake = descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), "No event could be made to wake a thread by.");
    }

    /// <summary>Waits.</summary>
    /// <param name="handles">What to wait for; none may be closed meanwhile.</param>
    /// <param name="isReady">Receives, in the same order, which can be read or have ended.</param>
    /// <param name="timeout">Bound of the wait, rounded up to milliseconds.</param>
    public void Wait(IReadOnlyList<SafeFileHandle> handles, Span<bool> isReady, TimeSpan timeout)
    {
        if (_descriptors.Length <= handles.Count)
        {
            _descriptors = new PollDescriptor[2 * (handles.Count + 1)];
        }

        for (int i = 0; i < handles.Count; i++)
        {
            _descriptors[i] = new PollDescriptor((int)handles[i].DangerousGetHandle(), Readable);
        }

        _descriptors[handles.Count] = new PollDescriptor((int)_wake.DangerousGetHandle(), Readable);
        int count = handles.Count + 1;
        int milliseconds = (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);
        bool isAny = Poll(_descriptors, (nuint)count, milliseconds) > 0;
        for (int i = 0; i < handles.Count; i++)
        {
            isReady[i] = isAny && _descriptors[i].Happened != 0;
        }

        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        _ = ReadCounter(_wake, counter, sizeof(ulong)); // takes all wakes so far, or fails because there was none
    }

    /// <summary>Ends the wait, the current one or else the next. Does nothing once this is disposed: whoever wakes need not know of that.</summary>
    public void Wake()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        MemoryMarshal.Write(one, 1UL);
        try
        {
            _ = AddToCounter(_wake, one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    /// <summary>Frees the event; nobody waits any more.</summary>
    public void Dispose() => _wake.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll([In, Out] PollDescriptor[] descriptors, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadCounter(SafeFileHandle file, Span<byte> target, nuint sizeBytes);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint AddToCounter(SafeFileHandle file, ReadOnlySpan<byte> source, nuint sizeBytes);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor(int descriptor, short wanted)
    {
        private readonly int _descriptor = descriptor;
        private readonly short _wanted = wanted;
        public short Happened;
    }
}
