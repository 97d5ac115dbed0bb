namespace Rowen.Fabric.Memory;

/// <summary>What a peer may do with memory that is shared with it.</summary>
[Flags]
public enum MemoryAccess
{
    /// <summary>Nothing: a staging block, the source or target of own operations.</summary>
    None = 0,

    /// <summary>The peer may read.</summary>
    RemoteRead = 1,

    /// <summary>The peer may write.</summary>
    RemoteWrite = 2,
}
