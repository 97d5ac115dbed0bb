namespace Rowen.Protocol.Sessions;

/// <summary>Kinds of message on the control socket between a lease's owner and an executor; payloads are <see cref="ControlMessages.ControlMessage"/>s.</summary>
/// <remarks>
/// <code>
/// owner                              executor
///   Hello       ───────────────────►            lease, nonce
///               ◄───────────────────  Challenge nonce, proof that it knows the secret
///   Attach      ───────────────────►            proof likewise, provider, slot sizes
///               ◄───────────────────  Lanes     one lane for each core: addresses, tokens, input memory
///   Join        ───────────────────►            addresses and reply memory of the owner's ends
///   Connected   ───────────────────►            the owner has connected and shared its memory
///               ◄───────────────────  Joined    the executor has, too: invocations may flow
///   LoadPackage ───────────────────►
///               ◄───────────────────  Functions their names, numbers and types
///   ReleaseLambda ─────────────────►            a lambda that was bound by an invocation is not called any more
///   AskMemory   ───────────────────►            a lease on memory: one lane without slots, and blocks instead of code
///   FreeMemory  ───────────────────►
///               ◄───────────────────  Memory    a block's key, or that it is free again
///   MemoryTraffic ─────────────────►            bytes read and written, each second in which there are any, and at the end
///   Stop        ───────────────────►            functions that can be asked to stop shall: the lease will be released soon
///               ◄───────────────────  Printed   by commands that run for more than a second; what their reports say counts
///               ◄───────────────────  Ending    the lease is being taken back
///               ◄───────────────────  Refused   instead of any answer
/// </code>
/// The secret never travels: each side proves it by HMAC-SHA-256 over both nonces (<see cref="SessionProof"/>).
/// Lane tokens and memory keys travel only after both proofs.
/// </remarks>
public enum SessionMessage : byte
{
    /// <summary><see cref="SessionHello"/>.</summary>
    Hello = 1,

    /// <summary><see cref="SessionChallenge"/>.</summary>
    Challenge = 2,

    /// <summary><see cref="SessionAttach"/>.</summary>
    Attach = 3,

    /// <summary><see cref="SessionLanes"/>.</summary>
    Lanes = 4,

    /// <summary><see cref="SessionJoin"/>.</summary>
    Join = 5,

    /// <summary>No payload.</summary>
    Joined = 6,

    /// <summary><see cref="LoadPackage"/>.</summary>
    LoadPackage = 7,

    /// <summary><see cref="PackageFunctions"/>.</summary>
    Functions = 8,

    /// <summary><see cref="Executors.ExecutorEnding"/>.</summary>
    Ending = 9,

    /// <summary><see cref="Errors.ErrorAnswer"/>. In a handshake, the executor closes the socket afterwards.</summary>
    Refused = 10,

    /// <summary>No payload.</summary>
    Connected = 11,

    /// <summary><see cref="MemoryAsk"/>.</summary>
    AskMemory = 12,

    /// <summary><see cref="MemoryRelease"/>.</summary>
    FreeMemory = 13,

    /// <summary><see cref="MemoryBlock"/>.</summary>
    Memory = 14,

    /// <summary><see cref="Lambdas.LambdaRelease"/>.</summary>
    ReleaseLambda = 15,

    /// <summary>No payload.</summary>
    Stop = 17,

    /// <summary><see cref="Sessions.MemoryTraffic"/>.</summary>
    MemoryTraffic = 18,

    /// <summary>The item, the stream, where the bytes lie in it, and the bytes; see docs/protocol.md.</summary>
    Printed = 19,
}
