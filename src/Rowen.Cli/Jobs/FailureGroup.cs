using Rowen.Protocol.Errors;

namespace Rowen.Cli.Jobs;

/// <summary>Items that have failed for the same cause.</summary>
/// <param name="Error">What happened.</param>
/// <param name="Cause">The exception's type and where it was thrown; of a command how it ended, such as <c>exit code 3</c>; the code's name otherwise.</param>
/// <param name="Message">What the first of them said.</param>
/// <param name="Count">How many items.</param>
/// <param name="Items">The first of them, at most ten.</param>
/// <param name="RemoteStack">Of the first, with its causes.</param>
internal sealed record FailureGroup(ErrorCode Error, string Cause, string Message, int Count, IReadOnlyList<long> Items, string? RemoteStack);
