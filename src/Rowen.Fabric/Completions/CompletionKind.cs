namespace Rowen.Fabric.Completions;

/// <summary>What a completion tells.</summary>
public enum CompletionKind
{
    /// <summary>Never reported.</summary>
    None = 0,

    /// <summary>The peer's write arrived; <see cref="Completion.Immediate"/> is what it sent along.</summary>
    Notified = 1,

    /// <summary>A write's local memory may be used again, and its bytes are where a read would look.</summary>
    Written = 2,

    /// <summary>A read's bytes are in local memory.</summary>
    Read = 3,

    /// <summary>The peer refused the operation: wrong key, wrong range or no access. The connection lives on.</summary>
    Refused = 4,

    /// <summary>The peer is gone. Reported once for each connection; whatever was under way is over.</summary>
    PeerLost = 5,
}
