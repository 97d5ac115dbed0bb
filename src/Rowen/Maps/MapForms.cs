using System.Runtime.InteropServices;

namespace Rowen.Maps;

/// <summary>Futures and reductions, made of maps.</summary>
internal static class MapForms
{
    /// <summary>Values that are reduced together: enough that rounds are few, and few enough that lanes share them.</summary>
    private const int MaxGroup = 256;

    public static MapFuture<TOut> Start<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options, CancellationToken cancellationToken)
    {
        MapOptions collecting = (options ?? new MapOptions()) with { Errors = MapErrors.Collect, InOrder = false };
        collecting.Check();
        long? total = items.TryGetNonEnumeratedCount(out int count) ? count : null;
        return new MapFuture<TOut>(
            starter, collecting, total, (done, token) => MapFuture<TOut>.ReadAsync(done, starter, items, function, collecting, token), cancellationToken);
    }

    public static async Task<TOut> ReduceAsync<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Func<TIn, TOut> map, Func<TOut[], TOut> reduce, MapOptions? options, CancellationToken cancellationToken)
    {
        List<TOut> values = await CollectAsync(starter, items, map, options, cancellationToken).ConfigureAwait(false);
        do
        {
            TOut[][] groups = values.Count == 0 ? [[]] : [.. values.Chunk(MaxGroup)];
            values = await CollectAsync(starter, groups, reduce, options, cancellationToken).ConfigureAwait(false);
        }
        while (values.Count > 1);

        return values[0];
    }

    public static async Task<Dictionary<TKey, TValue>> ReduceByKeyAsync<TIn, TKey, TValue>(
        MapStarter starter,
        IEnumerable<TIn> items,
        Func<TIn, Dictionary<TKey, TValue>> map,
        Func<TValue[], TValue> reduce,
        MapOptions? options,
        CancellationToken cancellationToken)
        where TKey : notnull
    {
        var byKey = new Dictionary<TKey, List<TValue>>();
        MapOptions ordered = (options ?? new MapOptions()) with { InOrder = true };
        await foreach (MapResult<Dictionary<TKey, TValue>> result in starter.BeginAsync(items, map, ordered, cancellationToken).ConfigureAwait(false))
        {
            foreach ((TKey key, TValue value) in result.Value)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(byKey, key, out _) ??= []).Add(value);
            }
        }

        TKey[] keys = [.. byKey.Keys];
        TValue[][] groups = [.. keys.Select(key => byKey[key].ToArray())];
        List<TValue> reduced = await CollectAsync(starter, groups, reduce, options, cancellationToken).ConfigureAwait(false);
        return keys.Zip(reduced).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static async Task<List<TOut>> CollectAsync<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options, CancellationToken cancellationToken)
    {
        var results = new List<TOut>();
        MapOptions ordered = (options ?? new MapOptions()) with { InOrder = true };
        await foreach (MapResult<TOut> result in starter.BeginAsync(items, function, ordered, cancellationToken).ConfigureAwait(false))
        {
            results.Add(result.Value);
        }

        return results;
    }
}
