using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Nodes;

/// <summary>What survives of a node when the manager does not.</summary>
internal sealed record NodeRecord
{
    public NodeId Id { get; set; }

    public string Instance { get; set; } = string.Empty;

    /// <summary>Its agent's state folder, where logs stay when the node is another.</summary>
    public string FolderId { get; set; } = string.Empty;

    /// <summary>Where on the node the logs are.</summary>
    public string LogFolder { get; set; } = string.Empty;

    public string Name { get; set; } = string.Empty;

    public string RowenVersion { get; set; } = string.Empty;

    public string Fabrics { get; set; } = string.Empty;

    public int Cores { get; set; }

    public long MemoryBytes { get; set; }

    /// <summary>The batch job that its agent runs in; empty: in none.</summary>
    public string BatchJob { get; set; } = string.Empty;

    /// <summary>What bounds that job's own work, beside which the agent runs.</summary>
    public BoundBy JobBound { get; set; }

    /// <summary>It drained and left: a manager that restarts does not wait for it.</summary>
    public bool HasLeft { get; set; }
}
