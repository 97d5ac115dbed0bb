namespace Rowen.Maps;

/// <summary>What has been under way for longest.</summary>
/// <param name="Index">The item.</param>
/// <param name="SentAt">Since when, by the stopwatch.</param>
/// <param name="Lease">Where.</param>
internal sealed record MapOldest(long Index, long SentAt, Lease Lease);
