using Rowen.Protocol.Leases;

namespace Rowen.Protocol.Nodes;

/// <summary>What an agent offers: the body of <c>POST /v1/nodes</c>, at its start and whenever a manager does not know it.</summary>
public sealed record NodeJoin
{
    /// <summary>32 random hexadecimal digits, chosen at the agent's start: tells a restarted agent from a reattaching one.</summary>
    public string Instance { get; set; } = string.Empty;

    /// <summary>
    /// 32 random hexadecimal digits, kept in the agent's state folder: an agent that starts there anew is another node, and
    /// can show the logs of the one before. Empty: it has none to show.
    /// </summary>
    public string FolderId { get; set; } = string.Empty;

    /// <summary>Path of the folder, on the node, in which each lease's log has a folder of its own; for people. Empty: it has not said.</summary>
    public string LogFolder { get; set; } = string.Empty;

    /// <summary>The node's name, for people.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Rowen's version, for people.</summary>
    public string RowenVersion { get; set; } = string.Empty;

    /// <summary>Its fabric providers and why it lacks faster ones, for people.</summary>
    public string Fabrics { get; set; } = string.Empty;

    /// <summary>Cores on offer: those that the agent itself may run on.</summary>
    public int Cores { get; set; }

    /// <summary>Memory on offer, in bytes: what is left of the agent's own limit.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>The agent's monotonic clock, in milliseconds.</summary>
    public long AgentClockMs { get; set; }

    /// <summary>The batch job that the agent runs in, as the batch system names it. Empty: in none.</summary>
    public string BatchJob { get; set; } = string.Empty;

    /// <summary>What bounds the speed of the job's own work, where the agent runs beside that and its owner has declared it.</summary>
    public BoundBy JobBound { get; set; }

    /// <summary>When that job's allocation ends, on the agent's monotonic clock in milliseconds. Zero: no end is known.</summary>
    public long EndsAtAgentMs { get; set; }

    /// <summary>Leases that it serves already: not empty when the manager was restarted.</summary>
    public IReadOnlyList<ServedLease> Serving { get; set; } = [];
}
