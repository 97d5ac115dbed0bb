namespace Rowen.ObjectStorage;

/// <summary>How objects are cut: by size or by count; neither: not at all.</summary>
/// <param name="ChunkBytes">Size of a part; 0: by count.</param>
/// <param name="Count">Parts of an object; 0: by size.</param>
/// <param name="Records">Where objects may be cut.</param>
internal sealed record PartPlan(long ChunkBytes, int Count, Records Records)
{
    /// <summary>How many parts an object of some length has: one at least, so that an empty one is seen, too.</summary>
    public long CountOf(long lengthBytes) => Math.Max(1, ChunkBytes > 0 ? DivideUp(lengthBytes, ChunkBytes) : Math.Min(Math.Max(1, Count), lengthBytes));

    /// <summary>How many parts an object has: one, too, if it is compressed.</summary>
    public long CountOf(StoredObject found) => Compression.IsWhole(found.Name, Records) ? 1 : CountOf(found.LengthBytes);

    /// <exception cref="IOException">It is compressed in a way that is not read here, and records are wanted of it.</exception>
    public ObjectPart[] Cut(SourceObject one, string? access)
    {
        Compression.Check(one.Found.Name, Records);
        long lengthBytes = one.Found.LengthBytes;
        var parts = new ObjectPart[CountOf(one.Found)];
        for (int index = 0; index < parts.Length; index++)
        {
            parts[index] = new ObjectPart(
                one.Store, access, one.Found, index, parts.Length, StartOf(index, parts.Length, lengthBytes), StartOf(index + 1, parts.Length, lengthBytes), Records, false);
        }

        return parts;
    }

    private long StartOf(long index, int count, long lengthBytes) =>
        index == count ? lengthBytes
        : ChunkBytes > 0 ? Math.Min(lengthBytes, index * ChunkBytes)
        : (long)((Int128)lengthBytes * index / count);

    private static long DivideUp(long value, long by) => (value / by) + (value % by > 0 ? 1 : 0);
}
