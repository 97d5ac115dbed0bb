using System.Text.Json.Serialization;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Nodes;

/// <summary>A node as the manager shows it to people.</summary>
public sealed record NodeView
{
    /// <summary>The node.</summary>
    public NodeId Id { get; set; }

    /// <summary>Its name.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary><c>up</c>, <c>suspect</c> (silent for 3 s), <c>draining</c>, <c>lost</c> (silent for 5 s) or <c>gone</c> (left).</summary>
    public string State { get; set; } = string.Empty;

    /// <summary>Whether it has left, or is taken to have died.</summary>
    [JsonIgnore]
    public bool HasLeft => State is "gone" or "lost";

    /// <summary>Cores on offer.</summary>
    public int Cores { get; set; }

    /// <summary>Cores that no lease holds.</summary>
    public int FreeCores { get; set; }

    /// <summary>Memory on offer, in bytes.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>Memory that no lease holds, in bytes.</summary>
    public long FreeMemoryBytes { get; set; }

    /// <summary>Leases on it that have not ended.</summary>
    public int LeaseCount { get; set; }

    /// <summary>Leases that have ended, but still hold what they had: until the agent says that their executors are gone, or, if it is lost, until they would have expired.</summary>
    public int EndedLeaseCount { get; set; }

    /// <summary>How long ago it was heard, in milliseconds.</summary>
    public long SilentMs { get; set; }

    /// <summary>The batch job that its agent runs in; empty: in none.</summary>
    public string BatchJob { get; set; } = string.Empty;

    /// <summary>Where its agent lies beside a batch job's own work: how many times as long as at its best the node's memory takes, by the agent's own measurement each ten seconds.</summary>
    /// <value>1 or more; 0: not measured.</value>
    public double MemorySlowDown { get; set; }

    /// <summary>How long its allocation lasts still, in milliseconds; null: no end is known.</summary>
    public long? RemainingMs { get; set; }

    /// <summary>Version of its agent.</summary>
    public string RowenVersion { get; set; } = string.Empty;

    /// <summary>Fabric providers that lanes to it may use, the fastest first, and why there is no faster one.</summary>
    public string Fabrics { get; set; } = string.Empty;
}
