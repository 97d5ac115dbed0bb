using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Harvests;

/// <summary>A pilot job as the manager shows it to people.</summary>
public sealed record PilotView
{
    /// <summary>The batch system's name of the job.</summary>
    public string Job { get; set; } = string.Empty;

    /// <summary><c>waiting</c>, <c>starting</c> or <c>joined</c>.</summary>
    public string State { get; set; } = string.Empty;

    /// <summary>Why it waits, in the batch system's own words; empty: nothing is said.</summary>
    public string Reason { get; set; } = string.Empty;

    /// <summary>The node that it has brought; the default if it has not yet.</summary>
    public NodeId Node { get; set; }

    /// <summary>That node's name, as soon as the batch system has chosen one.</summary>
    public string NodeName { get; set; } = string.Empty;
}
