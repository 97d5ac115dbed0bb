using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Protocol.Nodes;

/// <summary>One event of <c>GET /v1/nodes/N1/orders</c> (server-sent events; data is this record as JSON).</summary>
/// <remarks>Orders repeat after a reconnection: an agent that has obeyed one already ignores it.</remarks>
public sealed record NodeOrder
{
    /// <summary>What to do.</summary>
    public NodeOrderKind Kind { get; set; }

    /// <summary>The manager's epoch. An agent that has heard a higher one refuses.</summary>
    public uint Epoch { get; set; }

    /// <summary>The lease that it is about.</summary>
    public LeaseId Lease { get; set; }

    /// <summary>
    /// When the lease ends, on the agent's own monotonic clock in milliseconds. Computed from the last clock that the
    /// agent reported, so that an order that was long under way grants nothing too much.
    /// </summary>
    public long EndsAtAgentMs { get; set; }

    /// <summary>StartLease: what the lease is a right to.</summary>
    public LeaseKind LeaseKind { get; set; }

    /// <summary>StartLease: cores.</summary>
    public int Cores { get; set; }

    /// <summary>StartLease: memory of the executor, in bytes.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>StartLease: slots of each lane.</summary>
    public int SlotCount { get; set; }

    /// <summary>StartLease: payload bytes of each slot.</summary>
    public int SlotBytes { get; set; }

    /// <summary>StartLease: how long an idle thread polls, in microseconds; -1 for ever.</summary>
    public long HotWindowUs { get; set; }

    /// <summary>TryFabrics: where the other node listens.</summary>
    public string? Peer { get; set; }

    /// <summary>StartLease: what client and executor prove to know; 32 bytes, base64. TryFabrics: likewise of both nodes, in hexadecimal digits.</summary>
    public string? Secret { get; set; }

    /// <summary>StartLease: the code package that its owner named, if any.</summary>
    public CodePackageId? Package { get; set; }

    /// <summary>EndLease, Leave: how long running invocations may still finish, in milliseconds.</summary>
    public long GraceMs { get; set; }

    /// <summary>EndLease: why.</summary>
    public ErrorCode Code { get; set; }

    /// <summary>EndLease: why, in a sentence. Leave: why, as the second half of one.</summary>
    public string? Why { get; set; }

    /// <summary>SendLog, ServeFabrics, TryFabrics: number of the question.</summary>
    public long Ask { get; set; }

    /// <summary>SendLog: <c>out</c> or <c>err</c>.</summary>
    public string? Stream { get; set; }

    /// <summary>Every order but the secret in it, for logs.</summary>
    public override string ToString() => $"{Kind} {Lease} (epoch {Epoch})";
}
