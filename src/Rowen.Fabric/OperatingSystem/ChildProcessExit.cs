namespace Rowen.Fabric.OperatingSystem;

/// <summary>How a child process ended, by the kernel's word.</summary>
/// <param name="ExitCode">What it passed to exit; 0 if a signal ended it.</param>
/// <param name="Signal">The signal that ended it; 0 if it exited.</param>
/// <param name="ProcessorNs">Processor time of it and of those of its children that it waited for, in nanoseconds.</param>
public readonly record struct ChildProcessExit(int ExitCode, int Signal, long ProcessorNs)
{
    /// <summary>The exit code of a process whose end was taken by somebody else.</summary>
    public const int UnknownCode = -1;

    /// <summary>Most memory that it held, or any of its children that it waited for, in bytes.</summary>
    /// <value>
    /// 0 if that is not known: the kernel counts from before the program was loaded, when the child was a copy of the process that
    /// started it, so that what is smaller than that one ever was does not show.
    /// </value>
    public long PeakBytes { get; init; }
}
