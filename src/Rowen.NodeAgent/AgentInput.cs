using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent;

/// <summary>What the agent's loop is told, by its executors, its manager, its owner and the clock.</summary>
internal abstract record AgentInput
{
    /// <summary>Time has come to look.</summary>
    public sealed record Tick : AgentInput;

    /// <summary>An executor has started, and listens for owners at these addresses.</summary>
    public sealed record Pooled(ExecutorNumber Executor, IReadOnlyList<string> Addresses) : AgentInput;

    /// <summary>An executor was told to end, but nobody had come to use its lease: it waits for the next one.</summary>
    public sealed record Returned(ExecutorNumber Executor, LeaseUsage? Usage) : AgentInput;

    /// <summary>An executor is gone.</summary>
    public sealed record Ended(ExecutorNumber Executor, ExecutorEnd End) : AgentInput;

    /// <summary>The manager has taken the agent in.</summary>
    public sealed record Welcomed(NodeWelcome Welcome) : AgentInput;

    /// <summary>The manager wants something.</summary>
    public sealed record Ordered(NodeOrder Order) : AgentInput;

    /// <summary>The manager has answered the report of that mark.</summary>
    public sealed record ReportAnswered(long Mark) : AgentInput;

    /// <summary>What shall the manager be told?</summary>
    public sealed record WantReport(TaskCompletionSource<(NodeReport Report, long Mark)> Answer) : AgentInput;

    /// <summary>What does the agent serve?</summary>
    public sealed record WantServed(TaskCompletionSource<IReadOnlyList<ServedLease>> Answer) : AgentInput;

    /// <summary>Take no new leases, end those that run, and leave.</summary>
    public sealed record Drain : AgentInput;
}
