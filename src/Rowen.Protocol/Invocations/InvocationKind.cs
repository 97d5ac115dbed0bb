namespace Rowen.Protocol.Invocations;

/// <summary>Which way a frame goes.</summary>
public enum InvocationKind : byte
{
    /// <summary>From the caller to the executor.</summary>
    Request = 1,

    /// <summary>From the executor to the caller.</summary>
    Reply = 2,
}
