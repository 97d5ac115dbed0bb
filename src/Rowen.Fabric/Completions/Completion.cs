namespace Rowen.Fabric.Completions;

/// <summary>Something that happened at an endpoint.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Immediate">The peer's 32 bits; zero unless <see cref="CompletionKind.Notified"/>.</param>
/// <param name="Tag">The connection's <see cref="FabricConnection.Tag"/>.</param>
/// <param name="Cookie">What the operation was started with; zero for notifications and losses.</param>
public readonly record struct Completion(CompletionKind Kind, uint Immediate, int Tag, ulong Cookie);
