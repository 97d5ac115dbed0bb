using Rowen.Protocol.Identifiers;

namespace Rowen.ResourceManager.Nodes;

/// <summary>What survives of a node when the manager does not.</summary>
internal sealed record NodeRecord
{
    public NodeId Id { get; init; }

    public string Instance { get; init; } = string.Empty;

    public string Name { get; init; } = string.Empty;

    public string RowenVersion { get; init; } = string.Empty;

    public int Cores { get; init; }

    public long MemoryBytes { get; init; }
}
