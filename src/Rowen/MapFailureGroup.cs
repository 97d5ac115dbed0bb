using Rowen.Protocol.Identifiers;

namespace Rowen;

/// <summary>Items of a map that failed for one cause: the same type of exception, and the same message but for numbers and quoted words.</summary>
/// <param name="TypeName">Full name of the exception's type on the executor, or the error code if no function threw.</param>
/// <param name="Message">The message that they share; what differs is # or '…'.</param>
/// <param name="Count">How many items.</param>
/// <param name="FirstItems">Positions in the input of the first five, from 0.</param>
/// <param name="NodeName">Where the first of them failed; null if it was never sent.</param>
/// <param name="Lease">The lease of the first of them: <c>rowen logs</c> shows what it printed. Null likewise.</param>
public sealed record MapFailureGroup(
    string TypeName, string Message, long Count, IReadOnlyList<long> FirstItems, string? NodeName, LeaseId? Lease);
