using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;

namespace Rowen.NodeAgent.Executors;

/// <summary>All that is known about the end of an executor.</summary>
internal sealed record ExitEvidence
{
    /// <summary>Whom it served; <c>default</c> if nobody.</summary>
    public LeaseId Lease { get; init; }

    public required string NodeName { get; init; }

    /// <summary>The kernel's word.</summary>
    public ChildProcessExit Exit { get; init; }

    /// <summary>The kernel, or the agent's watch, killed it at its memory limit.</summary>
    public bool IsOutOfMemory { get; init; }

    public long PeakBytes { get; init; }

    public long LimitBytes { get; init; }

    /// <summary>What it said of itself last, if it knew that it was ending.</summary>
    public ExecutorFailure? LastWords { get; init; }

    /// <summary>Why the agent killed it, if it did.</summary>
    public ErrorAnswer? KillReason { get; init; }

    /// <summary>The end of its standard error.</summary>
    public string ErrorTail { get; init; } = string.Empty;
}
