using Rowen.Fabric.Memory;

namespace Rowen.Fabric.Libfabric;

/// <summary>A write or read of ours, from its start until it is over.</summary>
internal struct OfiOperation
{
    public OfiOperationKind Kind;
    public OfiOperationState State;
    public RegisteredMemory? Local;
    public ulong LocalOffset;
    public ulong Key;
    public ulong RemoteOffset;
    public ulong LengthBytes;
    public ulong DoneBytes;
    public ulong PieceBytes;
    public ulong Cookie;
    public uint Immediate;

    public readonly bool IsMoved => DoneBytes == LengthBytes;
}

/// <summary>What an operation is.</summary>
internal enum OfiOperationKind
{
    /// <summary>A write that tells the peer nothing.</summary>
    Write,

    /// <summary>A write with a notification.</summary>
    WriteNotify,

    /// <summary>A read.</summary>
    Read,
}

/// <summary>What an operation waits for.</summary>
internal enum OfiOperationState
{
    /// <summary>There is none.</summary>
    Free,

    /// <summary>The peer has been asked where the memory is.</summary>
    Asking,

    /// <summary>libfabric's queue was full: it is tried again.</summary>
    Waiting,

    /// <summary>A piece of it moves.</summary>
    Moving,

    /// <summary>Its message is under way.</summary>
    Telling,
}
