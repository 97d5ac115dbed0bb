using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent.Leases;

/// <summary>A lease that runs on this node.</summary>
internal sealed class LeaseRecord(NodeOrder order, IReadOnlyList<int> cores)
{
    public LeaseId Id { get; } = order.Lease;

    /// <summary>The order that began it.</summary>
    public NodeOrder Order { get; } = order;

    /// <summary>Processor numbers.</summary>
    public IReadOnlyList<int> Cores { get; } = cores;

    /// <summary>Epoch of the last order about it.</summary>
    public uint Epoch { get; set; } = order.Epoch;

    public long EndsAtMs { get; set; } = order.EndsAtAgentMs;

    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>Processes started for it; a second one only if the first died before it knew of the lease.</summary>
    public int StartCount { get; set; }

    /// <summary>Why it ends; the first reason stands.</summary>
    public ErrorCode EndCode { get; set; }

    public string Why { get; set; } = string.Empty;

    public bool IsEnding => EndCode != ErrorCode.None;
}
