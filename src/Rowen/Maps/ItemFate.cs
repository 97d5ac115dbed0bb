namespace Rowen.Maps;

/// <summary>What becomes of an item that has no result yet.</summary>
/// <param name="Kind">Whether it is run again.</param>
/// <param name="Care">What is to be heeded then.</param>
/// <param name="NeedsBytes">Memory that it needs then; 0: any.</param>
/// <param name="Why">If it is not run again: what is to be said beside the error; empty: nothing.</param>
internal readonly record struct ItemFate(ItemFateKind Kind, ItemCare Care = ItemCare.None, long NeedsBytes = 0, string Why = "");
