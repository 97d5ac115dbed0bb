namespace Rowen.Maps;

/// <summary>One item on its way to a lane.</summary>
/// <param name="Index">Position in the input: with the map, its key.</param>
/// <param name="Value">The input.</param>
/// <param name="Care">What is to be heeded.</param>
/// <param name="NeedsBytes">Memory of the lease that it needs, as far as is known; 0: any.</param>
internal readonly record struct MapItem<T>(long Index, T Value, ItemCare Care = ItemCare.None, long NeedsBytes = 0);
