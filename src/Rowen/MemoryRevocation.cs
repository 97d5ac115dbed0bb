using Rowen.Protocol.Identifiers;

namespace Rowen;

/// <summary>Memory is being taken back.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="NodeName">Name of its node.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Grace">How long its memory can still be read.</param>
/// <param name="Kept">
/// Completes with the names of the regions that are kept in <see cref="MemoryRequest.SpillTo"/>; none where a second copy
/// lives on. Fails if one could not be kept in time.
/// </param>
public sealed record MemoryRevocation(LeaseId Lease, string NodeName, string Reason, TimeSpan Grace, Task<IReadOnlyList<string>> Kept);
