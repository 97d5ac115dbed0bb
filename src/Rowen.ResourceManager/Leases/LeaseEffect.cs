using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Leases;

/// <summary>What the table wants done. Saving comes first, for all effects of a batch; then the rest, in order.</summary>
internal abstract record LeaseEffect
{
    private LeaseEffect()
    {
    }

    /// <summary>Remember this lease.</summary>
    internal sealed record SaveLease(LeaseRecord Lease) : LeaseEffect;

    /// <summary>Forget this lease: it ended long ago, or its request could not be remembered.</summary>
    internal sealed record ForgetLease(LeaseId Lease) : LeaseEffect;

    /// <summary>Remember this node.</summary>
    internal sealed record SaveNode(NodeRecord Node) : LeaseEffect;

    /// <summary>Forget this node: it was lost or left long ago.</summary>
    internal sealed record ForgetNode(NodeId Node) : LeaseEffect;

    /// <summary>Tell an agent.</summary>
    internal sealed record Tell(NodeId Node, NodeOrder Order) : LeaseEffect;

    /// <summary>Wake whoever waits for a change of this lease.</summary>
    internal sealed record Changed(LeaseId Lease, LeaseState State, ErrorCode Code, string Reason) : LeaseEffect;

    /// <summary>Write this into the audit log.</summary>
    internal sealed record Audit(AuditEntry Entry) : LeaseEffect;

    /// <summary>A node's state changed, for the log.</summary>
    internal sealed record NodeChanged(NodeId Node, string Name, string State) : LeaseEffect;
}
