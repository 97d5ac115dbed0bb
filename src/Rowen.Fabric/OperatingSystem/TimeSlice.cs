using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>How long a thread keeps a processor when others wake up who want it. Linux 6.12 and later; no effect before.</summary>
/// <remarks>
/// Whoever wakes up takes the processor at once from a thread with a longer slice, and otherwise waits until its slice is
/// over, 3 to 4 ms. Shares of processor time stay equal. Needs no privilege. See sched_setattr(2), "sched_runtime".
/// </remarks>
public static partial class TimeSlice
{
    private const long LongestNs = 100_000_000; // that the kernel takes
    private const long ShortestNs = 100_000; // likewise
    private const ulong NotForChildren = 1; // SCHED_FLAG_RESET_ON_FORK
    private const uint AttributesSizeBytes = 48; // the first version of the structure

    private static readonly nint SetCall = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 314 : 274;
    private static readonly nint GetCall = SetCall + 1;

    /// <summary>The slice of the calling thread, as the kernel says it; 0 before Linux 6.12.</summary>
    internal static long OwnNs => Get(GetCall, 0, out Attributes attributes, AttributesSizeBytes, 0) == 0 ? (long)attributes.RuntimeNs : 0;

    /// <summary>The calling thread gives way to whoever wakes up; so do threads and processes that it starts later.</summary>
    public static void GiveWay() => Set(0, LongestNs);

    /// <summary>
    /// The calling thread takes the processor as soon as it is woken, from whoever has not asked for the same, and keeps it for 0.1 ms at a time: for one that sleeps until something
    /// comes, passes it on, and sleeps again. Threads that it starts later are as all others.
    /// </summary>
    public static void WakeAtOnce() => Set(0, ShortestNs, NotForChildren);

    /// <summary>Every thread of a process gives way to whoever wakes up.</summary>
    /// <param name="processId">The process; nothing happens if it is gone, or belongs to another user.</param>
    public static void GiveWay(int processId) => ProcessThreads.TryForEach(processId, static thread => Set(thread, LongestNs));

    /// <summary>Every thread of a process takes the processor as soon as it is woken, and so do threads that it starts later: for one whose end somebody waits for.</summary>
    /// <param name="processId">The process; nothing happens if it is gone, or belongs to another user.</param>
    public static void Hurry(int processId) => ProcessThreads.TryForEach(processId, static thread => Set(thread, ShortestNs));

    /// <summary>Every thread of a process competes as the kernel lets others do.</summary>
    /// <param name="processId">The process; nothing happens if it is gone, or belongs to another user.</param>
    public static void Restore(int processId) => ProcessThreads.TryForEach(processId, static thread => Set(thread, sliceNs: 0));

    private static void Set(int thread, long sliceNs, ulong flags = 0)
    {
        if (Get(GetCall, thread, out Attributes attributes, AttributesSizeBytes, 0) == 0)
        {
            attributes.RuntimeNs = (ulong)sliceNs;
            attributes.Flags |= flags;
            _ = Set(SetCall, thread, in attributes, 0); // some sandboxes forbid it: then slices stay as they are
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Get(nint number, int thread, out Attributes attributes, uint sizeBytes, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Set(nint number, int thread, in Attributes attributes, uint flags);

    /// <summary>struct sched_attr of the kernel.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint SizeBytes;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong RuntimeNs;
        public ulong DeadlineNs;
        public ulong PeriodNs;
    }
}
