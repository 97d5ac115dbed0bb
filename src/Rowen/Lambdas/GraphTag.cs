namespace Rowen.Lambdas;

/// <summary>How one object of a captured graph is written.</summary>
internal enum GraphTag
{
    /// <summary>By its fields, those that are read.</summary>
    Fields = 1,

    /// <summary>A string.</summary>
    Text = 2,

    /// <summary>A value without references in a box: its memory.</summary>
    Value = 3,

    /// <summary>An array of whatever holds references.</summary>
    Array = 4,

    /// <summary>An array of values without references: its memory.</summary>
    PlainArray = 5,

    /// <summary>A delegate of one method.</summary>
    Delegate = 6,

    /// <summary>A delegate of several.</summary>
    Delegates = 7,

    /// <summary>A type itself.</summary>
    Type = 8,

    /// <summary>A collection that is filled anew, because hashes and orders are those of a process.</summary>
    Collection = 9,

    /// <summary>Something that its constructor makes from a few texts.</summary>
    Parsed = 10,
}
