using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Nodes;

/// <summary>Something that happened to a lease on its node.</summary>
public sealed record NodeEvent
{
    /// <summary>The lease.</summary>
    public LeaseId Lease { get; set; }

    /// <summary>True once nothing of the lease runs any more: its cores and memory are free.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Ready: where the executor listens.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>Ended: why.</summary>
    public ErrorCode Code { get; set; }

    /// <summary>Ended: why, in a sentence, with exit code or signal, limits, and the last words of its log.</summary>
    public string Why { get; set; } = string.Empty;
}
