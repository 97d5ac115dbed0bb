namespace Rowen.Fabric.Tcp;

/// <summary>What a frame of the <c>tcp</c> provider is.</summary>
internal enum TcpFrameKind : byte
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>Bytes for the receiver's memory; the payload follows.</summary>
    Write = 1,

    /// <summary>The same, and the receiver's owner is told.</summary>
    WriteNotify = 2,

    /// <summary>Asks for bytes of the receiver's memory. No payload.</summary>
    ReadRequest = 3,

    /// <summary>A piece of what was asked for; the payload follows.</summary>
    ReadReply = 4,

    /// <summary>The operation is complete: the write is in memory, or every piece of the read was sent. No payload.</summary>
    Done = 5,

    /// <summary>The operation was refused: key, range or access. No payload.</summary>
    Refused = 6,
}
