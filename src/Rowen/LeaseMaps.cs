using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rowen.Lambdas;
using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.StoredResults;

namespace Rowen;

/// <summary>Maps over leases that the caller holds.</summary>
public static class LeaseMaps
{
    /// <summary>Runs a function on every item, over all lanes of a lease, and returns the results in the order of the items.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">The lease; the function's code is sent if it has not got it.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public static Task<TOut[]> MapAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        OverLeasesAsync<TIn, TOut>([lease], items, function, options, cancellationToken);

    /// <summary>Runs an asynchronous function on every item, over all lanes of a lease, and returns the results in the order of the items.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">The lease; the function's code is sent if it has not got it.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public static Task<TOut[]> MapAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Func<TIn, Task<TOut>> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        OverLeasesAsync<TIn, TOut>([lease], items, function, options, cancellationToken);

    /// <summary>Runs a function of a lease on every item, over all its lanes.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">The function's lease.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A function of that lease.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public static Task<TOut[]> MapAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Function<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Map.OverLeasesAsync<TIn, TOut>([lease], items, function.Name, options, cancellationToken);

    /// <summary>Runs a function on every item, over all lanes of several leases.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="leases">Leases; the function's code is sent where it is missing. When one is lost, the others go on.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">There is no lease.</exception>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public static Task<TOut[]> MapAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, TOut> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        OverLeasesAsync<TIn, TOut>(leases, items, function, options, cancellationToken);

    /// <summary>Runs an asynchronous function on every item, over all lanes of several leases.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="leases">Leases; the function's code is sent where it is missing. When one is lost, the others go on.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">There is no lease.</exception>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public static Task<TOut[]> MapAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Task<TOut>> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        OverLeasesAsync<TIn, TOut>(leases, items, function, options, cancellationToken);

    /// <summary>Runs a function on every item, over all lanes of a lease, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">The lease; the function's code is sent if it has not got it.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public static IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamOverLeasesAsync<TIn, TOut>([lease], items, function, options, cancellationToken);

    /// <summary>Runs an asynchronous function on every item, over all lanes of a lease, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">The lease; the function's code is sent if it has not got it.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public static IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Func<TIn, Task<TOut>> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamOverLeasesAsync<TIn, TOut>([lease], items, function, options, cancellationToken);

    /// <summary>Runs a function of a lease on every item, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">The function's lease.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A function of that lease.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="MapException">An item failed.</exception>
    public static IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Function<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Map.StreamOverLeasesAsync<TIn, TOut>([lease], items, function.Name, options, cancellationToken);

    /// <summary>Runs a function on every item, over all lanes of several leases, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="leases">Leases; the function's code is sent where it is missing. When one is lost, the others go on.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">There is no lease.</exception>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public static IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, TOut> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        StreamOverLeasesAsync<TIn, TOut>(leases, items, function, options, cancellationToken);

    /// <summary>Runs an asynchronous function on every item, over all lanes of several leases, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="leases">Leases; the function's code is sent where it is missing. When one is lost, the others go on.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A lambda or any method; what it captures is copied now.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">There is no lease.</exception>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public static IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, Task<TOut>> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        StreamOverLeasesAsync<TIn, TOut>(leases, items, function, options, cancellationToken);

    private static async Task<TOut[]> OverLeasesAsync<TIn, TOut>(
        IReadOnlyCollection<Lease> leases, IEnumerable<TIn> items, Delegate function, MapOptions? options, CancellationToken cancellationToken)
    {
        if (options?.ResultsIn is not null)
        {
            return await StoredMaps.MapAsync<TIn, TOut>(
                options,
                function,
                (putting, plain) => OverLeasesAsync<TIn, Stored<TOut>>(leases, items, putting, plain, cancellationToken),
                LoggerOf(leases),
                cancellationToken).ConfigureAwait(false);
        }

        using BoundLambda bound = await BoundLambda.BindAsync(leases, function, cancellationToken).ConfigureAwait(false);
        return await Map.OverLeasesAsync<TIn, TOut>(bound.Leases, items, bound.Name, options, cancellationToken).ConfigureAwait(false);
    }

    internal static IAsyncEnumerable<MapResult<TOut>> StreamOverLeasesAsync<TIn, TOut>(
        IReadOnlyCollection<Lease> leases, IEnumerable<TIn> items, Delegate function, MapOptions? options, CancellationToken cancellationToken) =>
        options?.ResultsIn is null
            ? StreamBoundAsync<TIn, TOut>(leases, items, function, options, cancellationToken)
            : StoredMaps.StreamAsync<TIn, TOut>(
                options,
                function,
                (putting, plain) => StreamBoundAsync<TIn, Stored<TOut>>(leases, items, putting, plain, cancellationToken),
                LoggerOf(leases),
                cancellationToken);

    private static ILogger LoggerOf(IReadOnlyCollection<Lease> leases) => new MapStarter.OnLeases(leases).Logger;

    private static async IAsyncEnumerable<MapResult<TOut>> StreamBoundAsync<TIn, TOut>(
        IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Delegate function,
        MapOptions? options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using BoundLambda bound = await BoundLambda.BindAsync(leases, function, cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<MapResult<TOut>> results =
            Map.StreamOverLeasesAsync<TIn, TOut>(bound.Leases, items, bound.Name, options, cancellationToken);
        await foreach (MapResult<TOut> result in results.ConfigureAwait(false))
        {
            yield return result;
        }
    }
}
