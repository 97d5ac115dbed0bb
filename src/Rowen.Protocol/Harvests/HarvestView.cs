namespace Rowen.Protocol.Harvests;

/// <summary>What a manager harvests from a batch system: the answer of <c>GET /v1/harvest</c>.</summary>
public sealed record HarvestView
{
    /// <summary>The batch system; empty if this manager harvests nothing.</summary>
    public string BatchSystem { get; set; } = string.Empty;

    /// <summary>Whether an administrator has stopped it.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Why no more nodes are here yet, as the second half of a sentence.</summary>
    public string Note { get; set; } = string.Empty;

    /// <summary>Pilot jobs that wait, start, or have brought a node.</summary>
    public IReadOnlyList<PilotView> Pilots { get; set; } = [];

    /// <summary>The nodes on which pilots may run, as the batch system last told of them; it is asked while leases wait.</summary>
    public IReadOnlyList<BatchNodeView> BatchNodes { get; set; } = [];

    /// <summary>How long ago that was, in milliseconds; null: it was never asked.</summary>
    public long? BatchNodesAgeMs { get; set; }
}
