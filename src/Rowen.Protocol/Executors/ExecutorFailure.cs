using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Executors;

/// <summary>Why an executor is about to end itself, where it knows: the exit code alone would not tell.</summary>
/// <param name="Code">What happened, such as <see cref="ErrorCode.OutputOverrun"/> or <see cref="ErrorCode.DeadlineExceeded"/>.</param>
/// <param name="Why">In a sentence, with the function's name.</param>
public sealed record ExecutorFailure(ErrorCode Code, string Why);
