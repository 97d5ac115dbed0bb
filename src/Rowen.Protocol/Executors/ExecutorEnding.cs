using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Executors;

/// <summary>The lease ends.</summary>
/// <param name="GraceMs">How long running invocations may still finish, in milliseconds.</param>
/// <param name="Code">Why.</param>
/// <param name="Why">Why, in a sentence for the owner.</param>
public sealed record ExecutorEnding(long GraceMs, ErrorCode Code, string Why);
