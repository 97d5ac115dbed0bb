using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Rowen.Maps;

/// <summary>Begins maps where a future's own map runs: on a cluster, or on given leases.</summary>
internal abstract class MapStarter
{
    /// <summary>Hears of what stays behind.</summary>
    public abstract ILogger Logger { get; }

    /// <summary>Begins a map.</summary>
    /// <param name="items">The items.</param>
    /// <param name="function">Of type <c>Func&lt;TIn, TOut&gt;</c>, or asynchronous: <c>Func&lt;TIn, Task&lt;TOut&gt;&gt;</c>.</param>
    /// <param name="options">What it runs with.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public abstract IAsyncEnumerable<MapResult<TOut>> BeginAsync<TIn, TOut>(
        IEnumerable<TIn> items, Delegate function, MapOptions options, CancellationToken cancellationToken);

    /// <summary>On leases that each map takes for itself.</summary>
    public sealed class OnCluster(RowenClient client) : MapStarter
    {
        public override ILogger Logger => client.Logger;

        public override IAsyncEnumerable<MapResult<TOut>> BeginAsync<TIn, TOut>(
            IEnumerable<TIn> items, Delegate function, MapOptions options, CancellationToken cancellationToken) =>
            client.StreamOverClusterAsync<TIn, TOut>(items, function, options, cancellationToken);
    }

    /// <summary>On leases that are there already.</summary>
    public sealed class OnLeases(IReadOnlyCollection<Lease> leases) : MapStarter
    {
        public override ILogger Logger => leases.FirstOrDefault()?.Lambdas.Logger ?? NullLogger.Instance;

        public override IAsyncEnumerable<MapResult<TOut>> BeginAsync<TIn, TOut>(
            IEnumerable<TIn> items, Delegate function, MapOptions options, CancellationToken cancellationToken) =>
            LeaseMaps.StreamOverLeasesAsync<TIn, TOut>(leases, items, function, options, cancellationToken);
    }
}
