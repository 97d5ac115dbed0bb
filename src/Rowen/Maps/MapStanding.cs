namespace Rowen.Maps;

/// <summary>How a map stands at a moment.</summary>
/// <param name="Progress">What is told, without rate, time left and reason.</param>
/// <param name="IsOver">Whether it has ended.</param>
/// <param name="Oldest">What has been under way for longest; null if nothing is.</param>
internal sealed record MapStanding(MapProgress Progress, bool IsOver, MapOldest? Oldest);
