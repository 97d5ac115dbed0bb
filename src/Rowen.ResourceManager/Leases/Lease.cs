using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.ResourceManager.Leases;

/// <summary>One lease as the table keeps it. Only the table changes it.</summary>
internal sealed class Lease(LeaseId id, LeaseAsk ask, string secret)
{
    public LeaseId Id { get; } = id;

    /// <summary>What was asked for, cut to what the manager allows.</summary>
    public LeaseAsk Ask { get; } = ask;

    public string Secret { get; set; } = secret;

    public uint Epoch { get; set; }

    public LeaseState State { get; set; }

    public long Version { get; set; }

    public NodeId Node { get; set; }

    public string NodeName { get; set; } = string.Empty;

    /// <summary>The leases that were granted together with it, itself included; none: it stands alone.</summary>
    public IReadOnlyList<LeaseId>? Group { get; set; }

    public int Cores { get; set; }

    public long MemoryBytes { get; set; }

    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>Waiting: when its client counts as gone. Granted: when it ends unless renewed.</summary>
    public long ExpiresAtMs { get; set; }

    /// <summary>When it has waited for as long as it may.</summary>
    public long WaitsUntilMs { get; set; }

    /// <summary>When its executor must be ready.</summary>
    public long ReadyUntilMs { get; set; }

    public long GraceMs { get; set; }

    /// <summary>Ending: when the grace is over.</summary>
    public long GraceUntilMs { get; set; }

    /// <summary>Its end is decided, but the agent has not confirmed it: its cores are not free yet.</summary>
    public bool HoldsCapacity { get; set; }

    /// <summary>Ended: when its cores are free even if the agent never confirms.</summary>
    public long HoldsUntilMs { get; set; }

    public ErrorCode EndCode { get; set; }

    public string Reason { get; set; } = string.Empty;

    public LeaseUsage Used { get; set; } = new() { Lease = id };

    /// <summary>When the meters must be on disk at the latest; none: they are.</summary>
    public long? UsageDueAtMs { get; set; }

    public bool IsGranted => State is LeaseState.Starting or LeaseState.Active or LeaseState.Ending;

    public LeaseRecord ToRecord() => new()
    {
        Id = Id,
        Epoch = Epoch,
        State = State,
        Ask = Ask,
        Node = Node,
        NodeName = NodeName,
        Group = Group,
        Cores = Cores,
        MemoryBytes = MemoryBytes,
        Secret = Secret,
        GraceMs = GraceMs,
        EndCode = EndCode,
        Reason = Reason,
        Used = Used,
    };

    public LeaseView ViewAt(long nowMs, string reason) => new()
    {
        Id = Id,
        Epoch = Epoch,
        Kind = Ask.Kind,
        State = State,
        Version = Version,
        Node = Node,
        NodeName = Node == default ? null : NodeName,
        Nodes = State == LeaseState.Waiting ? Ask.Nodes : 1,
        Group = Group,
        Cores = State == LeaseState.Waiting ? Ask.Cores : Cores,
        MemoryBytes = State == LeaseState.Waiting ? Ask.MemoryBytes : MemoryBytes,
        DurationMs = Ask.DurationMs,
        RemainingMs = State == LeaseState.Ended ? 0 : Math.Max(0, ExpiresAtMs - nowMs),
        Reason = reason,
        EndCode = EndCode,
        Client = Ask.Client,
    };
}
