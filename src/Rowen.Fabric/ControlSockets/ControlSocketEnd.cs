namespace Rowen.Fabric.ControlSockets;

/// <summary>Why a control socket ended.</summary>
public enum ControlSocketEnd
{
    /// <summary>It has not ended.</summary>
    None = 0,

    /// <summary>We closed it.</summary>
    Closed = 1,

    /// <summary>The peer closed it, or its process ended.</summary>
    PeerClosed = 2,

    /// <summary>The peer said nothing for longer than the silence bound: stopped, cut off, or hung.</summary>
    PeerSilent = 3,

    /// <summary>The peer sent bytes that are not a frame.</summary>
    Garbage = 4,

    /// <summary>The peer speaks another version of the protocol.</summary>
    OtherVersion = 5,
}
