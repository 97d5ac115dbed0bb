using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Which processors a thread or process may run on. Linux only.</summary>
/// <remarks>Thread safety: any thread. Processor numbers are the kernel's, from 0.</remarks>
public static partial class CpuAffinity
{
    private const int MaxProcessors = 8192; // what the largest Linux kernels are built for
    private const int WordBits = 64;
    private const int NoSuchProcess = 3;

    /// <summary>Processors that the calling thread may run on: what cpuset, batch system and taskset have left.</summary>
    /// <returns>Processor numbers, ascending; at least one.</returns>
    /// <exception cref="Win32Exception">The kernel refused to say.</exception>
    public static IReadOnlyList<int> GetAllowed()
    {
        Span<ulong> mask = stackalloc ulong[MaxProcessors / WordBits];
        if (GetAffinity(0, (nuint)(MaxProcessors / 8), mask) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "The processors of this process could not be read.");
        }

        List<int> processors = [];
        for (int processor = 0; processor < MaxProcessors; processor++)
        {
            if ((mask[processor / WordBits] >> (processor % WordBits) & 1) != 0)
            {
                processors.Add(processor);
            }
        }

        return processors;
    }

    /// <summary>Lets the calling thread run on one processor only. Threads that it creates later inherit this.</summary>
    /// <param name="processor">Processor number; one of <see cref="GetAllowed"/>.</param>
    /// <exception cref="Win32Exception">This process may not run there.</exception>
    public static void PinCurrentThread(int processor) => PinCurrentThread([processor]);

    /// <summary>Lets the calling thread run on some processors only. Threads that it creates later inherit this.</summary>
    /// <param name="processors">Processor numbers; at least one.</param>
    /// <exception cref="Win32Exception">This process may run on none of them.</exception>
    public static void PinCurrentThread(IReadOnlyList<int> processors)
    {
        if (Set(0, processors) is not 0 and int error)
        {
            throw new Win32Exception(error, $"The thread could not be pinned to processors {string.Join(", ", processors)}.");
        }
    }

    /// <summary>Lets every thread of a process run on some processors only: those that are, and what they create.</summary>
    /// <param name="processId">The process; one's own id for oneself.</param>
    /// <param name="processors">Processor numbers; at least one.</param>
    /// <returns>False if the process is gone, or belongs to another user.</returns>
    /// <exception cref="Win32Exception">The process may run on none of them.</exception>
    public static bool TryPinProcess(int processId, IReadOnlyList<int> processors) => ProcessThreads.TryForEach(
        processId,
        thread =>
        {
            int error = Set(thread, processors);
            if (error is not 0 and not NoSuchProcess)
            {
                throw new Win32Exception(
                    error, $"Process {processId} could not be pinned to processors {string.Join(", ", processors)}.");
            }
        });

    private static unsafe int Set(int thread, IReadOnlyList<int> processors)
    {
        ulong* mask = stackalloc ulong[MaxProcessors / WordBits];
        new Span<ulong>(mask, MaxProcessors / WordBits).Clear();
        foreach (int processor in processors)
        {
            if ((uint)processor >= MaxProcessors)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(processors), processor, $"Processors are numbered from 0 to {MaxProcessors - 1} here.");
            }

            mask[processor / WordBits] |= 1UL << (processor % WordBits);
        }

        return SetAffinity(thread, (nuint)(MaxProcessors / 8), mask) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    private static partial int GetAffinity(int thread, nuint sizeBytes, Span<ulong> mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static unsafe partial int SetAffinity(int thread, nuint sizeBytes, ulong* mask);
}
