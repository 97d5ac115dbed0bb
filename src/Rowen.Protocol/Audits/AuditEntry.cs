using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Audits;

/// <summary>One line of the manager's audit log: who did what when. Holds no secret.</summary>
public sealed record AuditEntry
{
    /// <summary>When, by the manager's clock.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>What happened.</summary>
    public AuditEvent Event { get; set; }

    /// <summary>Who did it, or whose lease it is; empty: the manager, by itself.</summary>
    /// <remarks>Over the Unix socket the kernel says who it is. Over TLS it is what the client says: whoever has the cluster file can say anything.</remarks>
    public string User { get; set; } = string.Empty;

    /// <summary>The account that the limits name for the user; empty: none.</summary>
    public string Account { get; set; } = string.Empty;

    /// <summary>The lease.</summary>
    public LeaseId? Lease { get; set; }

    /// <summary>The node.</summary>
    public NodeId? Node { get; set; }

    /// <summary>The batch system's number of the pilot job; for a lease, of the job whose node it has.</summary>
    public string? Job { get; set; }

    /// <summary>Why it was refused, or ended.</summary>
    public ErrorCode? Code { get; set; }

    /// <summary>The rest, in a sentence or half of one.</summary>
    public string What { get; set; } = string.Empty;
}
