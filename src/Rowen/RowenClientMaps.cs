using Rowen.Functions;
using Rowen.Maps;

namespace Rowen;

/// <content>Maps that take their leases by themselves.</content>
public sealed partial class RowenClient
{
    /// <summary>Runs a function on every item, on every free core, and returns the results in the order of the items.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; what is no array or list is enumerated as the map goes on.</param>
    /// <param name="function">A static method marked <c>[Function]</c>. Its assembly's folder is sent, unless <see cref="MapOptions.Code"/> says otherwise.</param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <exception cref="ArgumentException">It is a lambda, or not marked.</exception>
    /// <exception cref="MapException">An item failed, or nobody can know whether it ran.</exception>
    public Task<TOut[]> MapAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        string name = Lease.NameOf(function.Method);
        return Map.OverClusterAsync(this, items, CodeOf(function, options), name, options, _options.Time, cancellationToken, here: function);
    }

    /// <summary>The same, with each result as soon as it is there.</summary>
    /// <typeparam name="TIn">Type of the items.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="items">The items; what is no array or list is enumerated as the results are read.</param>
    /// <param name="function">A static method marked <c>[Function]</c>.</param>
    /// <param name="options">Cores, errors, progress.</param>
    /// <param name="cancellationToken">Starts nothing new and returns; functions under way may run to their end.</param>
    /// <returns>Results in the order of their completion. The map stops while a few hundred are not read, and ends when its reader leaves.</returns>
    /// <exception cref="ArgumentException">It is a lambda, or not marked.</exception>
    /// <exception cref="MapException">An item failed.</exception>
    public IAsyncEnumerable<MapResult<TOut>> MapAsCompletedAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        string name = Lease.NameOf(function.Method);
        return Map.StreamOverClusterAsync(this, items, CodeOf(function, options), name, options, _options.Time, cancellationToken, here: function);
    }

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

    private static CodePackage CodeOf<TIn, TOut>(Func<TIn, TOut> function, MapOptions? options) =>
        options?.Code ?? CodePackage.FromAssembly(function.Method.Module.Assembly);
}
