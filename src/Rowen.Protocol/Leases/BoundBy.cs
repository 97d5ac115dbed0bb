namespace Rowen.Protocol.Leases;

/// <summary>What bounds the speed of a function or of a batch job, as whoever runs it declares.</summary>
/// <remarks>Who shares a node with what needs the same is slowed down, and slows it down: see <c>Interference</c> of the resource manager.</remarks>
public enum BoundBy
{
    /// <summary>Nobody has said.</summary>
    Unknown = 0,

    /// <summary>Its own cores: it tolerates every neighbor.</summary>
    Compute = 1,

    /// <summary>The node's memory bandwidth and caches.</summary>
    Memory = 2,

    /// <summary>The node's network.</summary>
    Network = 3,
}
