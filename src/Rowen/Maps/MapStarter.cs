namespace Rowen.Maps;

/// <summary>Begins maps where a future's own map runs: on a cluster, or on given leases.</summary>
internal abstract class MapStarter
{
    public abstract IAsyncEnumerable<MapResult<TOut>> BeginAsync<TIn, TOut>(
        IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions options, CancellationToken cancellationToken);

    /// <summary>On leases that each map takes for itself.</summary>
    public sealed class OnCluster(RowenClient client) : MapStarter
    {
        public override IAsyncEnumerable<MapResult<TOut>> BeginAsync<TIn, TOut>(
            IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions options, CancellationToken cancellationToken) =>
            client.MapAsCompletedAsync(items, function, options, cancellationToken);
    }

    /// <summary>On leases that are there already.</summary>
    public sealed class OnLeases(IReadOnlyCollection<Lease> leases) : MapStarter
    {
        public override IAsyncEnumerable<MapResult<TOut>> BeginAsync<TIn, TOut>(
            IEnumerable<TIn> items, Func<TIn, TOut> function, MapOptions options, CancellationToken cancellationToken) =>
            leases.MapAsCompletedAsync(items, function, options, cancellationToken);
    }
}
