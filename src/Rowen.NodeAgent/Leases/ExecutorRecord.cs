using Rowen.NodeAgent.Executors;

namespace Rowen.NodeAgent.Leases;

/// <summary>What the agent remembers of an executor.</summary>
internal sealed class ExecutorRecord(ExecutorNumber number, long dueAtMs)
{
    public ExecutorNumber Number { get; } = number;

    public ExecutorStage Stage { get; set; }

    /// <summary>Where it listens for owners; none before it has reported.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>It was told to prepare while no lease waited.</summary>
    public bool HasRehearsed { get; set; }

    /// <summary>When it is killed unless it reaches its next stage before.</summary>
    public long DueAtMs { get; set; } = dueAtMs;

    /// <summary>It was told that somebody waits for the node.</summary>
    public bool IsUrged { get; set; }

    /// <summary>The lease that it serves, or will serve as soon as it has reported.</summary>
    public LeaseRecord? Lease { get; set; }
}
