using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Leases;

/// <summary>A lease as the manager shows it, to its client and to people. Holds no secret.</summary>
public sealed record LeaseView
{
    /// <summary>The lease.</summary>
    public LeaseId Id { get; set; }

    /// <summary>Counts the managers (restarts included) that vouched for it; orders of an older one are refused.</summary>
    public uint Epoch { get; set; }

    /// <summary>What it is a right to.</summary>
    public LeaseKind Kind { get; set; }

    /// <summary>Where it stands.</summary>
    public LeaseState State { get; set; }

    /// <summary>Grows with each change; for <c>GET /v1/leases/L42?version=…&amp;waitMs=…</c>, which answers at the next.</summary>
    public long Version { get; set; }

    /// <summary>The node, once granted.</summary>
    public NodeId Node { get; set; }

    /// <summary>The node's name, once granted.</summary>
    public string? NodeName { get; set; }

    /// <summary>Path on the node of what its functions print: a folder with the files <c>out</c> and <c>err</c>, which come with the first bytes. Null: not granted, or the node is forgotten.</summary>
    public string? LogFolder { get; set; }

    /// <summary>The batch system's number of the job whose node it was granted: usage is joined with its accounting by that. Empty: none.</summary>
    public string BatchJob { get; set; } = string.Empty;

    /// <summary>Whose it is: as the kernel says on the Unix socket, and as the client says over TLS.</summary>
    public string User { get; set; } = string.Empty;

    /// <summary>On how many nodes it is asked for; more than one while it waits for them.</summary>
    public int Nodes { get; set; } = 1;

    /// <summary>The leases that were granted together, each on a node of its own: this one too, the one that was asked for first. Absent: it stands alone.</summary>
    public IReadOnlyList<LeaseId>? Group { get; set; }

    /// <summary>Cores, as granted.</summary>
    public int Cores { get; set; }

    /// <summary>Memory of the executor in bytes, as granted.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>What it lives for between renewals, in milliseconds, as granted.</summary>
    public long DurationMs { get; set; }

    /// <summary>How long it still lives without a renewal, in milliseconds, by the manager's clock.</summary>
    public long RemainingMs { get; set; }

    /// <summary>What it waits for, or why it ended, in a sentence.</summary>
    public string Reason { get; set; } = string.Empty;

    /// <summary>Why it ended.</summary>
    public ErrorCode EndCode { get; set; }

    /// <summary>Who asked for it.</summary>
    public string Client { get; set; } = string.Empty;
}
