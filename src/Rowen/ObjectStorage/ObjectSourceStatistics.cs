namespace Rowen.ObjectStorage;

/// <summary>What a source holds, as its stores list it: no object was read.</summary>
/// <param name="ObjectCount">How many objects.</param>
/// <param name="EmptyCount">How many of them have no byte.</param>
/// <param name="TotalBytes">Bytes of all of them.</param>
/// <param name="LargestBytes">Bytes of the largest.</param>
/// <param name="PartCount">Into how many parts they are cut.</param>
public sealed record ObjectSourceStatistics(long ObjectCount, long EmptyCount, long TotalBytes, long LargestBytes, long PartCount);
