using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Rowen.Maps;

namespace Rowen;

/// <content>Single calls, futures and reductions that take their leases by themselves.</content>
public sealed partial class RowenClient
{
    /// <summary>Runs a function once, on a lease of its own that is given back afterwards.</summary>
    /// <typeparam name="TIn">Type of the input.</typeparam>
    /// <typeparam name="TOut">Type of the result.</typeparam>
    /// <param name="function">As for maps.</param>
    /// <param name="input">Its input.</param>
    /// <param name="options">Retries, time-outs, code. Cores means nothing here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvocationException">It threw, or could not be run.</exception>
    /// <remarks>It costs a lease. For many calls hold one: <see cref="Function{TIn, TOut}.InvokeAsync"/> on it takes microseconds.</remarks>
    public Task<TOut> CallAsync<TIn, TOut>(
        Func<TIn, TOut> function, TIn input, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        CallOnceAsync<TIn, TOut>(function, input, options, cancellationToken);

    /// <summary>Runs an asynchronous function once, on a lease of its own that is given back afterwards; the core waits for its end.</summary>
    /// <inheritdoc cref="CallAsync{TIn, TOut}(Func{TIn, TOut}, TIn, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    public Task<TOut> CallAsync<TIn, TOut>(
        Func<TIn, Task<TOut>> function, TIn input, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        CallOnceAsync<TIn, TOut>(function, input, options, cancellationToken);

    /// <summary>Begins a map and returns at once.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="function">As for maps.</param>
    /// <param name="options">Cores, retries, progress. Errors are collected.</param>
    /// <param name="cancellationToken">Ends the map.</param>
    public MapFuture<TOut> StartMap<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapForms.Start<TIn, TOut>(new MapStarter.OnCluster(this), items, function, options, cancellationToken);

    /// <summary>Begins a map of an asynchronous function and returns at once; a core waits for one item before it takes the next.</summary>
    /// <inheritdoc cref="StartMap{TIn, TOut}(IEnumerable{TIn}, Func{TIn, TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    public MapFuture<TOut> StartMap<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, Task<TOut>> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapForms.Start<TIn, TOut>(new MapStarter.OnCluster(this), items, function, options, cancellationToken);

    /// <summary>Maps, and reduces the results to one, on executors.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="map">As for maps.</param>
    /// <param name="reduce">
    /// Makes one of several, in the order of the items; runs at least once, and on its own results if there are many. It
    /// must be associative: neighbors are reduced together, in groups.
    /// </param>
    /// <param name="options">Cores, retries, progress.</param>
    /// <param name="cancellationToken">Ends the map.</param>
    /// <exception cref="MapException">An item or a reduction failed.</exception>
    /// <remarks>Reductions go on with the leases of the map. What is reduced passes through this program's memory between the steps, unless <see cref="MapOptions.ResultsIn"/> names a store.</remarks>
    public Task<TOut> MapReduceAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> map, Func<TOut[], TOut> reduce, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    /// <summary>Maps each item to values by key, and reduces the values of each key to one, on executors.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TValue">Type of the values.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="map">As for maps.</param>
    /// <param name="reduce">Makes one value of all those of a key, in the order of the items.</param>
    /// <param name="options">Cores, retries, progress.</param>
    /// <param name="cancellationToken">Ends the map.</param>
    /// <exception cref="MapException">An item or a reduction failed.</exception>
    /// <remarks>Reductions go on with the leases of the map. Values pass through this program's memory between the steps, where all of them are held at once, unless <see cref="MapOptions.ResultsIn"/> names a store.</remarks>
    public Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        IEnumerable<TIn> items,
        Func<TIn, Dictionary<TKey, TValue>> map,
        Func<TValue[], TValue> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    /// <summary>Maps with an asynchronous function, and reduces the results to one, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TOut}(IEnumerable{TIn}, Func{TIn, TOut}, Func{TOut[], TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public Task<TOut> MapReduceAsync<TIn, TOut>(
        IEnumerable<TIn> items,
        Func<TIn, Task<TOut>> map,
        Func<TOut[], TOut> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    /// <summary>Maps each item to values by key with an asynchronous function, and reduces the values of each key to one, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TKey, TValue}(IEnumerable{TIn}, Func{TIn, Dictionary{TKey, TValue}}, Func{TValue[], TValue}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        IEnumerable<TIn> items,
        Func<TIn, Task<Dictionary<TKey, TValue>>> map,
        Func<TValue[], TValue> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    /// <summary>Maps, and reduces the results to one with an asynchronous function, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TOut}(IEnumerable{TIn}, Func{TIn, TOut}, Func{TOut[], TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public Task<TOut> MapReduceAsync<TIn, TOut>(
        IEnumerable<TIn> items,
        Func<TIn, TOut> map,
        Func<TOut[], Task<TOut>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    /// <summary>Maps each item to values by key, and reduces the values of each key to one with an asynchronous function, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TKey, TValue}(IEnumerable{TIn}, Func{TIn, Dictionary{TKey, TValue}}, Func{TValue[], TValue}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(1)]
    public Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        IEnumerable<TIn> items,
        Func<TIn, Dictionary<TKey, TValue>> map,
        Func<TValue[], Task<TValue>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    /// <summary>Maps and reduces to one with asynchronous functions, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TOut}(IEnumerable{TIn}, Func{TIn, TOut}, Func{TOut[], TOut}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(2)]
    public Task<TOut> MapReduceAsync<TIn, TOut>(
        IEnumerable<TIn> items,
        Func<TIn, Task<TOut>> map,
        Func<TOut[], Task<TOut>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MapForms.ReduceAsync<TIn, TOut>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    /// <summary>Maps each item to values by key, and reduces the values of each key to one, with asynchronous functions, on executors.</summary>
    /// <inheritdoc cref="MapReduceAsync{TIn, TKey, TValue}(IEnumerable{TIn}, Func{TIn, Dictionary{TKey, TValue}}, Func{TValue[], TValue}, MapOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    [OverloadResolutionPriority(2)]
    public Task<Dictionary<TKey, TValue>> MapReduceAsync<TIn, TKey, TValue>(
        IEnumerable<TIn> items,
        Func<TIn, Task<Dictionary<TKey, TValue>>> map,
        Func<TValue[], Task<TValue>> reduce,
        MapOptions? options = null,
        CancellationToken cancellationToken = default)
        where TKey : notnull =>
        MapForms.ReduceByKeyAsync<TIn, TKey, TValue>(new MapStarter.OnCluster(this), items, map, reduce, options, cancellationToken);

    private async Task<TOut> CallOnceAsync<TIn, TOut>(Delegate function, TIn input, MapOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            return (await MapOverClusterAsync<TIn, TOut>(
                [input], function, (options ?? new MapOptions()) with { Cores = 1 }, cancellationToken).ConfigureAwait(false))[0];
        }
        catch (MapException exception)
        {
            ExceptionDispatchInfo.Throw(InvocationException.OfItem(exception.Failures[0].Error, item: null)); // the map is none of the caller's business
            throw;
        }
    }
}
