namespace Rowen.Lambdas;

/// <summary>Collections that are filled anew where they arrive.</summary>
internal enum CollectionKind
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Keys with values, of a class with a constructor that takes a comparer: dictionaries and sorted lists.</summary>
    Pairs = 1,

    /// <summary>Elements, of a class with a constructor that takes a comparer: sets.</summary>
    Set = 2,

    /// <summary>Elements in order, of a class with a constructor that takes them all.</summary>
    Sequence = 3,

    /// <summary>An immutable dictionary, with comparers of keys and of values.</summary>
    ImmutablePairs = 4,

    /// <summary>An immutable set.</summary>
    ImmutableSet = 5,
}
