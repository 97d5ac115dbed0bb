namespace Rowen.Protocol.Invocations;

/// <summary>How the fetch of a large payload stands.</summary>
public enum FetchState
{
    /// <summary>Pieces are under way.</summary>
    UnderWay = 0,

    /// <summary>All bytes are here.</summary>
    Done = 1,

    /// <summary>The peer does not let us read what it named.</summary>
    Failed = 2,

    /// <summary>This machine has not the memory to hold it.</summary>
    NoMemory = 3,
}
