namespace Rowen.Fabric.Libfabric;

/// <summary>What became of a call of libfabric that starts an operation.</summary>
internal enum OfiResult
{
    /// <summary>It was started.</summary>
    Started = 0,

    /// <summary>A queue is full, or the connection is not there yet: make progress, then try again.</summary>
    Again = 1,

    /// <summary>It cannot be done.</summary>
    Failed = 2,
}
