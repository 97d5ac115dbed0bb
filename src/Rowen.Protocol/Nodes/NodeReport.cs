using Rowen.Protocol.Usage;

namespace Rowen.Protocol.Nodes;

/// <summary>What an agent tells each second, and at once when something happened: the body of <c>POST /v1/nodes/N1/reports</c>.</summary>
public sealed record NodeReport
{
    /// <summary>The agent's monotonic clock, in milliseconds, read before anything else in this report.</summary>
    public long AgentClockMs { get; set; }

    /// <summary>What happened since the last report that was answered, oldest first.</summary>
    public IReadOnlyList<NodeEvent> Events { get; set; } = [];

    /// <summary>Meters of the leases that are served, as totals since their start; the last one comes with their end.</summary>
    public IReadOnlyList<LeaseUsage> Usage { get; set; } = [];

    /// <summary>How many times as long as at its best the node's memory takes, where the agent lies beside a batch job.</summary>
    /// <value>1 or more; 0: not measured.</value>
    public double MemorySlowDown { get; set; }

    /// <summary>The agent drains: it takes no new lease.</summary>
    public bool IsDraining { get; set; }

    /// <summary>The agent's last words: it serves nothing any more and leaves, in order.</summary>
    public bool IsLast { get; set; }
}
