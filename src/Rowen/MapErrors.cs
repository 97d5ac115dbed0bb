namespace Rowen;

/// <summary>What a failed item does to the rest of its map.</summary>
public enum MapErrors
{
    /// <summary>The first one ends the map: nothing new starts.</summary>
    Stop = 0,

    /// <summary>The others go on; failures are told with the results, or together at the end.</summary>
    Collect = 1,
}
