using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Lambdas;
using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.StoredResults;

namespace Rowen;

/// <content>Maps that take their leases by themselves.</content>
public sealed partial class RowenClient
{
    /// <summary>Runs a function on every item, on every free core, and returns the results in the order of the items.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">
    /// A lambda or any method; what it captures is copied now. Its assembly's folder is sent, unless
    /// <see cref="MapOptions.Code"/> says otherwise.
    /// </param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public Task<TOut[]> MapAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapOverClusterAsync<TIn, TOut>(items, function, options, cancellationToken);

    /// <summary>Runs an asynchronous function on every item: a core waits for one before it takes the next.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public Task<TOut[]> MapAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, Task<TOut>> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapOverClusterAsync<TIn, TOut>(items, function, options, cancellationToken);

    /// <summary>The same, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <returns>Results in the order of their completion. The map stops while a few hundred are not read, and ends when its reader leaves.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamOverClusterAsync<TIn, TOut>(items, function, options, cancellationToken);

    /// <summary>Runs an asynchronous function on every item, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <returns>Results in the order of their completion.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, Task<TOut>> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamOverClusterAsync<TIn, TOut>(items, function, options, cancellationToken);

    /// <summary>Runs a function by its name, native ones too, on every item.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">Its name in the package.</param>
    /// <param name="code">The package.</param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public Task<TOut[]> MapAsync<TIn, TOut>(
        IEnumerable<TIn> items, string function, CodePackage code, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Map.OverClusterAsync<TIn, TOut>(this, items, code, function, options, _options.Time, cancellationToken);

    private Task<TOut[]> MapOverClusterAsync<TIn, TOut>(
        IEnumerable<TIn> items, Delegate function, MapOptions? options, CancellationToken cancellationToken)
    {
        if (options?.Detach is not null)
        {
            return DetachedMap.MapAsync<TIn, TOut>(this, items, function, options, cancellationToken);
        }

        if (options?.ResultsIn is not null)
        {
            return StoredMaps.MapAsync<TIn, TOut>(
                options, function, (putting, plain) => MapOverClusterAsync<TIn, Stored<TOut>>(items, putting, plain, cancellationToken), _logger, cancellationToken);
        }

        MapFunction chosen = MapFunction.Of(function, options ?? new MapOptions());
        return Map.OverClusterAsync<TIn, TOut>(this, items, chosen.Code, chosen.Name, chosen.Options, _options.Time, cancellationToken);
    }

    internal IAsyncEnumerable<MapResult<TOut>> StreamOverClusterAsync<TIn, TOut>(
        IEnumerable<TIn> items, Delegate function, MapOptions? options, CancellationToken cancellationToken)
    {
        if (options?.Detach is not null)
        {
            return DetachedMap.StreamAsync<TIn, TOut>(this, items, function, options, cancellationToken);
        }

        if (options?.ResultsIn is not null)
        {
            return StoredMaps.StreamAsync<TIn, TOut>(
                options, function, (putting, plain) => StreamOverClusterAsync<TIn, Stored<TOut>>(items, putting, plain, cancellationToken), _logger, cancellationToken);
        }

        MapFunction chosen = MapFunction.Of(function, options ?? new MapOptions());
        return Map.StreamOverClusterAsync<TIn, TOut>(this, items, chosen.Code, chosen.Name, chosen.Options, _options.Time, cancellationToken);
    }
}
