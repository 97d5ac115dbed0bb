namespace Rowen.Fabric.Libfabric;

/// <summary>How a write and its notification reach the peer over libfabric.</summary>
public enum OfiStrategy
{
    /// <summary>Not decided.</summary>
    None = 0,

    /// <summary>One operation does both: an RMA write that carries completion data.</summary>
    WriteWithData = 1,

    /// <summary>
    /// For fabrics without completion data: a small payload travels inside a message, and the receiver copies it to its
    /// place; a large one is written, and a message follows once the write is delivered.
    /// </summary>
    Message = 2,
}
