using Rowen.Protocol.Identifiers;

namespace Rowen.Maps;

/// <summary>What has been under way for longest.</summary>
/// <param name="Index">The item, or the first of several that were sent together.</param>
/// <param name="Count">How many were.</param>
/// <param name="SentAt">Since when, by the clock's stopwatch.</param>
/// <param name="Lease">Where.</param>
/// <param name="NodeName">On which node.</param>
internal sealed record MapOldest(long Index, int Count, long SentAt, LeaseId Lease, string NodeName);
