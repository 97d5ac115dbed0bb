using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.StoredResults;

namespace Rowen.Maps;

/// <summary>Futures and reductions, made of maps. Functions are delegates of the types that are named, or such that return a task of the result.</summary>
internal static class MapForms
{
    /// <summary>Values that are reduced together: enough that rounds are few, and few enough that lanes share them.</summary>
    private const int MaxGroup = 256;

    public static MapFuture<TOut> Start<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Delegate function, MapOptions? options, CancellationToken cancellationToken)
    {
        MapOptions collecting = (options ?? new MapOptions()) with { Errors = MapErrors.Collect, InOrder = false };
        collecting.Check();
        if (collecting.Detach is not null)
        {
            collecting = collecting with { Submitted = new TaskCompletionSource<Job>(TaskCreationOptions.RunContinuationsAsynchronously) };
        }

        long? total = items.TryGetNonEnumeratedCount(out int count) ? count : null;
        return new MapFuture<TOut>(
            starter, collecting, total, (done, place, token) => MapFuture<TOut>.ReadAsync(done, starter, items, function, place, collecting, token), cancellationToken);
    }

    public static async Task<TOut> ReduceAsync<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Delegate map, Delegate reduce, MapOptions? options, CancellationToken cancellationToken)
    {
        RefuseDetach(options, "A reduction");
        if (options?.ResultsIn is { } store)
        {
            return await StoredMaps.ReduceAsync<TIn, TOut>(starter, store, items, map, reduce, options, cancellationToken).ConfigureAwait(false);
        }

        var kept = new KeptLeases();
        await using ConfiguredAsyncDisposable ending = kept.ConfigureAwait(false);
        options = (options ?? new MapOptions()) with { Kept = kept };
        TOut[] values = [.. await CollectAsync<TIn, TOut>(starter, items, map, options, cancellationToken).ConfigureAwait(false)];
        do
        {
            TOut[][] groups = values.Length == 0 ? [[]] : [.. values.Chunk(MaxGroup)];
            values = await EachAsync<TOut[], TOut>(starter, groups, reduce, options, cancellationToken).ConfigureAwait(false);
        }
        while (values.Length > 1);

        return values[0];
    }

    public static async Task<Dictionary<TKey, TValue>> ReduceByKeyAsync<TIn, TKey, TValue>(
        MapStarter starter, IEnumerable<TIn> items, Delegate map, Delegate reduce, MapOptions? options, CancellationToken cancellationToken)
        where TKey : notnull
    {
        RefuseDetach(options, "A reduction");
        if (options?.ResultsIn is { } store)
        {
            return await StoredMaps.ReduceByKeyAsync<TIn, TKey, TValue>(starter, store, items, map, reduce, options, cancellationToken).ConfigureAwait(false);
        }

        var kept = new KeptLeases();
        await using ConfiguredAsyncDisposable ending = kept.ConfigureAwait(false);
        options = (options ?? new MapOptions()) with { Kept = kept };
        var byKey = new Dictionary<TKey, List<TValue>>();
        MapOptions ordered = options with { InOrder = true };
        await foreach (MapResult<Dictionary<TKey, TValue>> result in
            starter.BeginAsync<TIn, Dictionary<TKey, TValue>>(items, map, ordered, cancellationToken).ConfigureAwait(false))
        {
            foreach ((TKey key, TValue value) in result.Value)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(byKey, key, out _) ??= []).Add(value);
            }
        }

        TKey[] keys = [.. byKey.Keys];
        TValue[][] groups = [.. keys.Select(key => byKey[key].ToArray())];
        TValue[] reduced = await EachAsync<TValue[], TValue>(starter, groups, reduce, options, cancellationToken).ConfigureAwait(false);
        return keys.Zip(reduced).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>What is made of several maps cannot be handed over as one.</summary>
    public static void RefuseDetach(MapOptions? options, string what)
    {
        if (options?.Detach is not null)
        {
            throw new ArgumentException($"{what} cannot be detached: MapOptions.Detach is for one map. Let a job do the map, and this program what follows.", nameof(options));
        }
    }

    private static async Task<List<TOut>> CollectAsync<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Delegate function, MapOptions options, CancellationToken cancellationToken)
    {
        var results = new List<TOut>();
        MapOptions ordered = options with { InOrder = true };
        await foreach (MapResult<TOut> result in starter.BeginAsync<TIn, TOut>(items, function, ordered, cancellationToken).ConfigureAwait(false))
        {
            results.Add(result.Value);
        }

        return results;
    }

    /// <summary>The results of items that are all there, which may run in any order: so each can run where its data is.</summary>
    private static async Task<TOut[]> EachAsync<TIn, TOut>(
        MapStarter starter, TIn[] items, Delegate function, MapOptions options, CancellationToken cancellationToken)
    {
        var results = new TOut[items.Length];
        await foreach (MapResult<TOut> result in
            starter.BeginAsync<TIn, TOut>(items, function, options with { InOrder = false }, cancellationToken).ConfigureAwait(false))
        {
            results[result.Index] = result.Value;
        }

        return results;
    }
}
