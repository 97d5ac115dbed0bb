using Rowen.Maps;

namespace Rowen;

/// <summary>Maps over leases that the caller holds.</summary>
public static class LeaseMaps
{
    /// <summary>Runs a function on every item, over all lanes of a lease, and returns the results in the order of the items.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">A lease with the function's code.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A static method marked <c>[Function]</c>.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">It is a lambda, or not marked.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public static Task<TOut[]> MapAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Map.OverLeasesAsync<TIn, TOut>([lease], items, Lease.NameOf(function.Method), options, cancellationToken);

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
    /// <param name="leases">Leases with the function's code. When one is lost, the others go on.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A static method marked <c>[Function]</c>.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">It is a lambda, or not marked; or there is no lease.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public static Task<TOut[]> MapAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, TOut> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        Map.OverLeasesAsync<TIn, TOut>(leases, items, Lease.NameOf(function.Method), options, cancellationToken);

    /// <summary>Runs a function on every item, over all lanes of a lease, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="lease">A lease with the function's code.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A static method marked <c>[Function]</c>.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">It is a lambda, or not marked.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public static IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        this Lease lease, IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        Map.StreamOverLeasesAsync<TIn, TOut>([lease], items, Lease.NameOf(function.Method), options, cancellationToken);

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
    /// <param name="leases">Leases with the function's code. When one is lost, the others go on.</param>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A static method marked <c>[Function]</c>.</param>
    /// <param name="options">Errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">It is a lambda, or not marked; or there is no lease.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public static IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        this IReadOnlyCollection<Lease> leases,
        IEnumerable<TIn> items,
        Func<TIn, TOut> function,
        MapOptions? options = null,
        CancellationToken cancellationToken = default) =>
        Map.StreamOverLeasesAsync<TIn, TOut>(leases, items, Lease.NameOf(function.Method), options, cancellationToken);
}
