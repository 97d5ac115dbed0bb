using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rowen.Maps;

namespace Rowen.StoredResults;

/// <summary>The forms of a map whose large results lie in a store: each is the ordinary one, of functions that take and give stored results.</summary>
/// <remarks>Functions are delegates, because each may as well return a task of its result.</remarks>
internal static class StoredMaps
{
    /// <summary>A function that puts its results.</summary>
    public static Delegate Putting<TIn, TOut>(Delegate function, ResultPlace place) => function is Func<TIn, Task<TOut>> asynchronous
        ? new PutsTaskResult<TIn, TOut>(asynchronous, place).RunAsync
        : new PutsResult<TIn, TOut>((Func<TIn, TOut>)function, place).Run;

    /// <summary>A function that reads what it takes.</summary>
    public static Delegate Reading<TIn, TOut>(Delegate function, ResultPlace place) => function is Func<TIn, Task<TOut>> asynchronous
        ? new ReadsInput<TIn, Task<TOut>>(asynchronous, place).Run
        : new ReadsInput<TIn, TOut>((Func<TIn, TOut>)function, place).Run;

    /// <summary>All results in the order of the items; read when the map is done, and gone from the store then.</summary>
    /// <param name="options">What the map runs with.</param>
    /// <param name="function">The user's own.</param>
    /// <param name="map">Runs it over the items.</param>
    /// <param name="logger">Hears of what stays behind.</param>
    /// <param name="cancellationToken">Ends the map.</param>
    public static async Task<TOut[]> MapAsync<TIn, TOut>(
        MapOptions options, Delegate function, Func<Delegate, MapOptions, Task<Stored<TOut>[]>> map, ILogger logger, CancellationToken cancellationToken)
    {
        options.Check();
        ResultFolder folder = await ResultFolder.BeginAsync(options.ResultsIn!, logger, cancellationToken).ConfigureAwait(false);
        await using (folder.ConfigureAwait(false))
        {
            Stored<TOut>[] results = await map(Putting<TIn, TOut>(function, folder.Place), options with { ResultsIn = null }).ConfigureAwait(false);
            return await folder.ReadAllAsync(results, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Results as they come, each read when its turn is.</summary>
    public static async IAsyncEnumerable<MapResult<TOut>> StreamAsync<TIn, TOut>(
        MapOptions options,
        Delegate function,
        Func<Delegate, MapOptions, IAsyncEnumerable<MapResult<Stored<TOut>>>> map,
        ILogger logger,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options.Check();
        ResultFolder folder = await ResultFolder.BeginAsync(options.ResultsIn!, logger, cancellationToken).ConfigureAwait(false);
        await using (folder.ConfigureAwait(false))
        {
            IAsyncEnumerable<MapResult<Stored<TOut>>> results = map(Putting<TIn, TOut>(function, folder.Place), options with { ResultsIn = null });
            await foreach (MapResult<Stored<TOut>> result in results.ConfigureAwait(false))
            {
                yield return await MapResult<TOut>.Unread(result).ReadAsync(folder.Place, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A map of a future: its results are not read before somebody looks at them.</summary>
    /// <param name="starter">Where it runs.</param>
    /// <param name="items">The items.</param>
    /// <param name="function">The function.</param>
    /// <param name="place">Where its results go; null: nowhere.</param>
    /// <param name="options">What it runs with.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static IAsyncEnumerable<MapResult<TOut>> BeginAsync<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Delegate function, ResultPlace? place, MapOptions options, CancellationToken cancellationToken) =>
        place is null
            ? starter.BeginAsync<TIn, TOut>(items, function, options, cancellationToken)
            : BeginUnreadAsync<TIn, TOut>(starter, items, Putting<TIn, TOut>(function, place), options with { ResultsIn = null }, cancellationToken);

    /// <summary>A reduction whose values go from executor to executor by way of the store.</summary>
    public static async Task<TOut> ReduceAsync<TIn, TOut>(
        MapStarter starter,
        ResultStore store,
        IEnumerable<TIn> items,
        Delegate map,
        Delegate reduce,
        MapOptions options,
        CancellationToken cancellationToken)
    {
        options.Check();
        ResultFolder folder = await ResultFolder.BeginAsync(store, starter.Logger, cancellationToken).ConfigureAwait(false);
        await using (folder.ConfigureAwait(false))
        {
            Stored<TOut> reduced = await MapForms.ReduceAsync<TIn, Stored<TOut>>(
                starter, items, Putting<TIn, TOut>(map, folder.Place), Reducing<TOut>(reduce, folder.Place), options with { ResultsIn = null }, cancellationToken)
                .ConfigureAwait(false);
            return await folder.Place.ReadAsync(reduced, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Likewise, one for each key: only the keys come here.</summary>
    public static async Task<Dictionary<TKey, TValue>> ReduceByKeyAsync<TIn, TKey, TValue>(
        MapStarter starter,
        ResultStore store,
        IEnumerable<TIn> items,
        Delegate map,
        Delegate reduce,
        MapOptions options,
        CancellationToken cancellationToken)
        where TKey : notnull
    {
        options.Check();
        ResultFolder folder = await ResultFolder.BeginAsync(store, starter.Logger, cancellationToken).ConfigureAwait(false);
        await using (folder.ConfigureAwait(false))
        {
            Dictionary<TKey, Stored<TValue>> reduced = await MapForms.ReduceByKeyAsync<TIn, TKey, Stored<TValue>>(
                starter, items, PuttingValues<TIn, TKey, TValue>(map, folder.Place), Reducing<TValue>(reduce, folder.Place), options with { ResultsIn = null }, cancellationToken)
                .ConfigureAwait(false);
            TValue[] values = await folder.ReadAllAsync([.. reduced.Values], cancellationToken).ConfigureAwait(false);
            return reduced.Keys.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
        }
    }

    private static Delegate PuttingValues<TIn, TKey, TValue>(Delegate function, ResultPlace place)
        where TKey : notnull => function is Func<TIn, Task<Dictionary<TKey, TValue>>> asynchronous
        ? new PutsTaskValues<TIn, TKey, TValue>(asynchronous, place).RunAsync
        : new PutsValues<TIn, TKey, TValue>((Func<TIn, Dictionary<TKey, TValue>>)function, place).Run;

    private static Delegate Reducing<T>(Delegate reduce, ResultPlace place) => Putting<Stored<T>[], T>(
        reduce is Func<T[], Task<T>> asynchronous
            ? new ReadsInputs<T, Task<T>>(asynchronous, place).Run
            : new ReadsInputs<T, T>((Func<T[], T>)reduce, place).Run,
        place);

    private static async IAsyncEnumerable<MapResult<TOut>> BeginUnreadAsync<TIn, TOut>(
        MapStarter starter, IEnumerable<TIn> items, Delegate function, MapOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (MapResult<Stored<TOut>> result in starter.BeginAsync<TIn, Stored<TOut>>(items, function, options, cancellationToken).ConfigureAwait(false))
        {
            yield return MapResult<TOut>.Unread(result);
        }
    }
}
