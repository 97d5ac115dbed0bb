using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Output;

/// <summary>What the process tells its caller; docs/operating.md lists the same numbers.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Tried, and refused or failed: the message says what to do.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>No cluster to talk with: the cluster file or the manager is at fault.</summary>
    public const int NoCluster = 3;

    /// <summary>The cluster works, and the function failed: it threw, returned an error, or ran out of time.</summary>
    public const int FunctionFailed = 4;

    /// <summary>The function may have run: its executor was lost.</summary>
    public const int OutcomeUnknown = 5;

    /// <summary>Ended by Ctrl-C (SIGINT); the shell's custom, 128 + 2. Other signals have their own: <see cref="Of(PosixSignal)"/>.</summary>
    public const int Interrupted = 130;

    /// <summary>What the shell would say of a program that the signal ended.</summary>
    public static int Of(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 129,
        PosixSignal.SIGTERM => 143,
        _ => Interrupted,
    };

    public static int Of(ErrorCode code) => code switch
    {
        ErrorCode.None => Done,
        ErrorCode.BadClusterFile or ErrorCode.ManagerUnreachable or ErrorCode.NotAuthenticated => NoCluster,
        ErrorCode.Unknown => OutcomeUnknown,
        ErrorCode.FunctionFailed or ErrorCode.StoreFailed or ErrorCode.DeadlineExceeded or ErrorCode.OutputOverrun or ErrorCode.OutOfMemory
            or ErrorCode.FunctionExitedProcess or ErrorCode.ExecutorCrashed
            or ErrorCode.CommandFailed or ErrorCode.CommandNotStarted => FunctionFailed,
        _ => Failed,
    };
}
