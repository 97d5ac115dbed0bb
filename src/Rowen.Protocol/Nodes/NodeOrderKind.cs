namespace Rowen.Protocol.Nodes;

/// <summary>What the manager wants of an agent.</summary>
public enum NodeOrderKind
{
    /// <summary>Nothing: the manager lives. One each second.</summary>
    Heartbeat = 0,

    /// <summary>Prepare an executor for a lease.</summary>
    StartLease = 1,

    /// <summary>A lease was renewed: it now ends at <see cref="NodeOrder.EndsAtAgentMs"/>.</summary>
    RenewLease = 2,

    /// <summary>End a lease, after <see cref="NodeOrder.GraceMs"/> at the latest.</summary>
    EndLease = 3,

    /// <summary>Post what the functions of a lease printed to <c>POST /v1/nodes/N1/answers/{Ask}</c>.</summary>
    SendLog = 4,

    /// <summary>Drain and end: the manager leaves with the whole cluster (<c>rowen down</c>), or has no need of this node.</summary>
    Leave = 5,

    /// <summary>Listen for another node's trial of fabrics; answer a <see cref="NodeTrial"/> to <c>POST /v1/nodes/N1/answers/{Ask}</c>.</summary>
    ServeFabrics = 6,

    /// <summary>Try the fabrics to <see cref="NodeOrder.Peer"/>, and answer likewise.</summary>
    TryFabrics = 7,
}
