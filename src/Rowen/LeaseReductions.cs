using Rowen.Maps;

namespace Rowen;

/// <summary>Futures and reductions over leases that the caller holds.</summary>
public static class LeaseReductions
{
    /// <summary>Begins a map over leases and returns at once.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="leases">Leases with the function's code.</param>
    /// <param name="items">The items.</param>
    /// <param name="function">As for maps.</param>
    /// <param name="options">Retries, progress. Errors are collected.</param>
    /// <param name="cancellationToken">Ends the map.</param>
    public static MapFuture<TOut> StartMap<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, TOut> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.Start(new MapStarter.OnLeases(leases), items, function, options, cancellationToken);

    /// <summary>Maps, and reduces the results to one, on the executors of leases: see <see cref="RowenClient.MapReduceAsync{TIn, TOut}"/>.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="leases">Leases with the code of both functions.</param>
    /// <param name="items">The items.</param>
    /// <param name="map">As for maps.</param>
    /// <param name="reduce">Makes one of several, in the order of the items.</param>
    /// <param name="options">Retries, progress.</param>
    /// <param name="cancellationToken">Ends the map.</param>
    /// <exception cref="MapException">An item or a reduction failed.</exception>
    public static Task<TOut> MapReduceAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, TOut> map,
        Func<TOut[], TOut> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps to values by key and reduces each key's: see <see cref="RowenClient.MapReduceAsync{TIn, TKey, TValue}"/>.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TValue">Type of the values.</typeparam>
    /// <param name="leases">Leases with the code of both functions.</param>
    /// <param name="items">The items.</param>
    /// <param name="map">As for maps.</param>
    /// <param name="reduce">Makes one value of all those of a key, in the order of the items.</param>
    /// <param name="options">Retries, progress.</param>
    /// <param name="cancellationToken">Ends the map.</param>
    /// <exception cref="MapException">An item or a reduction failed.</exception>
    public static Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Dictionary<TKey, TValue>> map,
        Func<TValue[], TValue> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);
}
