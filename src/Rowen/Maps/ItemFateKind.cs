namespace Rowen.Maps;

/// <summary>Whether an item is run again.</summary>
internal enum ItemFateKind
{
    /// <summary>No: its error is its outcome.</summary>
    Final = 0,

    /// <summary>Yes.</summary>
    Again = 1,

    /// <summary>No: another attempt is under way.</summary>
    Dropped = 2,
}
