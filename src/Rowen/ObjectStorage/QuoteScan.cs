namespace Rowen.ObjectStorage;

/// <summary>Finds which parts of a CSV object begin between quotes: a look at all of it, several parts at a time.</summary>
internal static class QuoteScan
{
    /// <summary>As many ranges as keep a network busy; more would not.</summary>
    private const int AtOnce = 4;

    private const int BufferBytes = 1 << 20;

    public static async Task<ObjectPart[]> MarkAsync(IObjectStore store, StoredObject found, ObjectPart[] parts, CancellationToken cancellationToken)
    {
        bool[] isOdd = new bool[parts.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            parts[..^1], // nothing begins behind the last
            options,
            async (part, token) => isOdd[part.Index] = await HasOddQuotesAsync(store, found, part, token).ConfigureAwait(false)).ConfigureAwait(false);

        var marked = new ObjectPart[parts.Length];
        bool isQuoted = false;
        foreach (ObjectPart part in parts)
        {
            marked[part.Index] = part with { StartsQuoted = isQuoted };
            isQuoted ^= isOdd[part.Index];
        }

        return marked;
    }

    private static async Task<bool> HasOddQuotesAsync(IObjectStore store, StoredObject found, ObjectPart part, CancellationToken cancellationToken)
    {
        Stream range = await store.OpenRangeAsync(found, part.StartBytes, part.EndBytes - part.StartBytes, cancellationToken).ConfigureAwait(false);
        await using (range.ConfigureAwait(false))
        {
            byte[] buffer = new byte[Math.Min(BufferBytes, part.EndBytes - part.StartBytes)];
            long quotes = 0;
            int count;
            while ((count = await range.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                quotes += buffer.AsSpan(0, count).Count((byte)'"');
            }

            return (quotes & 1) != 0;
        }
    }
}
