namespace Rowen.Maps;

/// <summary>One item on its way to a lane.</summary>
internal readonly record struct MapItem<T>(long Index, T Value);
