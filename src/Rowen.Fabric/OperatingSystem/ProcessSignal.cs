namespace Rowen.Fabric.OperatingSystem;

/// <summary>Signals that Rowen sends or explains, with Linux's numbers.</summary>
public enum ProcessSignal
{
    /// <summary>No signal: only asks whether the process is there.</summary>
    None = 0,

    /// <summary>SIGILL.</summary>
    IllegalInstruction = 4,

    /// <summary>SIGABRT: the process gave up by itself, as .NET does after a stack overflow or a fatal error.</summary>
    Abort = 6,

    /// <summary>SIGBUS.</summary>
    BusError = 7,

    /// <summary>SIGFPE.</summary>
    ArithmeticError = 8,

    /// <summary>SIGKILL: cannot be caught.</summary>
    Kill = 9,

    /// <summary>SIGUSR1: Slurm's warning where a site prefers it to SIGTERM.</summary>
    User1 = 10,

    /// <summary>SIGSEGV.</summary>
    SegmentationFault = 11,

    /// <summary>SIGTERM: asks for an orderly end.</summary>
    Terminate = 15,

    /// <summary>SIGCONT.</summary>
    Continue = 18,

    /// <summary>SIGSTOP: cannot be caught.</summary>
    Stop = 19,
}
