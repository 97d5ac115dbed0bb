using System.Runtime.CompilerServices;
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
        MapForms.Start<TIn, TOut>(new MapStarter.OnLeases(leases), items, function, options, cancellationToken);

    /// <summary>Begins a map of an asynchronous function over leases and returns at once; a core waits for one item before it takes the next.</summary>
    /// <inheritdoc cref="StartMap{TIn, TOut}(IReadOnlyCollection{Lease}, IEnumerable{TIn}, Func{TIn, TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    public static MapFuture<TOut> StartMap<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Task<TOut>> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.Start<TIn, TOut>(new MapStarter.OnLeases(leases), items, function, options, cancellationToken);

    /// <summary>Maps, and reduces the results to one, on the executors of leases: see <see cref="RowenClient.MapReduceAsync{TIn, TOut}(IEnumerable{TIn}, Func{TIn, TOut}, Func{TOut[], TOut}, MapOptions, CancellationToken)"/>.</summary>
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
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps to values by key and reduces each key's: see <see cref="RowenClient.MapReduceAsync{TIn, TKey, TValue}(IEnumerable{TIn}, Func{TIn, Dictionary{TKey, TValue}}, Func{TValue[], TValue}, MapOptions, CancellationToken)"/>.</summary>
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
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps with an asynchronous function, and reduces the results to one, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TOut}(IReadOnlyCollection{Lease}, IEnumerable{TIn}, Func{TIn, TOut}, Func{TOut[], TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public static Task<TOut> MapReduceAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Task<TOut>> map,
        Func<TOut[], TOut> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps each item to values by key with an asynchronous function, and reduces the values of each key to one, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TKey, TValue}(IReadOnlyCollection{Lease}, IEnumerable{TIn}, Func{TIn, Dictionary{TKey, TValue}}, Func{TValue[], TValue}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public static Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Task<Dictionary<TKey, TValue>>> map,
        Func<TValue[], TValue> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps, and reduces the results to one with an asynchronous function, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TOut}(IReadOnlyCollection{Lease}, IEnumerable{TIn}, Func{TIn, TOut}, Func{TOut[], TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public static Task<TOut> MapReduceAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, TOut> map,
        Func<TOut[], Task<TOut>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps each item to values by key, and reduces the values of each key to one with an asynchronous function, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TKey, TValue}(IReadOnlyCollection{Lease}, IEnumerable{TIn}, Func{TIn, Dictionary{TKey, TValue}}, Func{TValue[], TValue}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public static Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Dictionary<TKey, TValue>> map,
        Func<TValue[], Task<TValue>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps and reduces to one with asynchronous functions, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TOut}(IReadOnlyCollection{Lease}, IEnumerable{TIn}, Func{TIn, TOut}, Func{TOut[], TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(2)]
    public static Task<TOut> MapReduceAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Task<TOut>> map,
        Func<TOut[], Task<TOut>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);

    /// <summary>Maps each item to values by key, and reduces the values of each key to one, with asynchronous functions, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TKey, TValue}(IReadOnlyCollection{Lease}, IEnumerable{TIn}, Func{TIn, Dictionary{TKey, TValue}}, Func{TValue[], TValue}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(2)]
    public static Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Task<Dictionary<TKey, TValue>>> map,
        Func<TValue[], Task<TValue>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnLeases(leases), items, map, reduce, options, cancellationToken);
}
