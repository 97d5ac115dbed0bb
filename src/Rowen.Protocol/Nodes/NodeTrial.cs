namespace Rowen.Protocol.Nodes;

/// <summary>What a node answers to <see cref="NodeOrderKind.ServeFabrics"/> and <see cref="NodeOrderKind.TryFabrics"/>, and the manager to <c>GET /v1/nodes/N1/fabrics/N2</c>.</summary>
public sealed record NodeTrial
{
    /// <summary>Why nothing could be tried; null if it was.</summary>
    public string? Problem { get; set; }

    /// <summary>ServeFabrics: where the other node finds this one.</summary>
    public string? Address { get; set; }

    /// <summary>ServeFabrics: what both prove to know. Goes to the other node only.</summary>
    public string? Secret { get; set; }

    /// <summary>TryFabrics: the fabric that lanes would use; null if none reaches.</summary>
    public string? Chosen { get; set; }

    /// <summary>TryFabrics: what was tried, the fastest first.</summary>
    public IReadOnlyList<FabricReach> Findings { get; set; } = [];

    /// <summary>TryFabrics: why faster ones would not be used, one reason each.</summary>
    public IReadOnlyList<string> WhyNotFaster { get; set; } = [];

    /// <summary>Everything but the secret, for logs.</summary>
    public override string ToString() => Problem ?? Chosen ?? Address ?? "nothing";
}
