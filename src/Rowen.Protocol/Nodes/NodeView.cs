using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Nodes;

/// <summary>A node as the manager shows it to people.</summary>
public sealed record NodeView
{
    /// <summary>The node.</summary>
    public NodeId Id { get; init; }

    /// <summary>Its name.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary><c>up</c>, <c>suspect</c> (silent for 3 s), <c>draining</c>, <c>lost</c> (silent for 5 s) or <c>gone</c> (left).</summary>
    public string State { get; init; } = string.Empty;

    /// <summary>Cores on offer.</summary>
    public int Cores { get; init; }

    /// <summary>Cores that no lease holds.</summary>
    public int FreeCores { get; init; }

    /// <summary>Memory on offer, in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Memory that no lease holds, in bytes.</summary>
    public long FreeMemoryBytes { get; init; }

    /// <summary>Leases on it.</summary>
    public int LeaseCount { get; init; }

    /// <summary>How long ago it was heard, in milliseconds.</summary>
    public long SilentMs { get; init; }

    /// <summary>Version of its agent.</summary>
    public string RowenVersion { get; init; } = string.Empty;
}
