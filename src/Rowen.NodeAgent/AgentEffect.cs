using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent;

/// <summary>What <see cref="AgentState"/> wants done.</summary>
internal abstract record AgentEffect
{
    /// <summary>Start a process. Its news: Pooled, or Ended.</summary>
    public sealed record StartExecutor(ExecutorNumber Executor) : AgentEffect;

    /// <summary>Have it prepare for a lease: none waits.</summary>
    public sealed record RehearseExecutor(ExecutorNumber Executor) : AgentEffect;

    /// <summary>Pin, limit and meter it, then send the assignment. Its news: Ended, or Returned.</summary>
    public sealed record AssignExecutor(ExecutorNumber Executor, ExecutorAssignment Assignment) : AgentEffect;

    /// <summary>Send the new end.</summary>
    public sealed record RenewExecutor(ExecutorNumber Executor, ExecutorRenewal Renewal) : AgentEffect;

    /// <summary>Ask it to finish. Its news: Ended, or Returned if nobody has used it.</summary>
    public sealed record EndExecutor(ExecutorNumber Executor, ExecutorEnding Ending) : AgentEffect;

    /// <summary>Kill its whole group at once. Its news: Ended.</summary>
    public sealed record KillExecutor(ExecutorNumber Executor, ErrorCode Code, string Why) : AgentEffect;

    /// <summary>Post a report now rather than with the next heartbeat.</summary>
    public sealed record ReportNow : AgentEffect;

    /// <summary>Tell people. The manager is told by reports.</summary>
    public sealed record LeaseEnded(NodeEvent End) : AgentEffect;

    /// <summary>Post what a lease printed.</summary>
    public sealed record SendLog(LeaseId Lease, long Ask, string Stream) : AgentEffect;

    /// <summary>Listen for a trial of fabrics, or, where a peer is named, try them; and answer.</summary>
    public sealed record TryFabrics(long Ask, string? Peer, string? Secret) : AgentEffect
    {
        /// <summary>Without the secret.</summary>
        public override string ToString() => $"try fabrics to {Peer ?? "nobody: listen"}";
    }

    /// <summary>Nothing runs here any more: report for the last time, and end.</summary>
    public sealed record Leave : AgentEffect;
}
