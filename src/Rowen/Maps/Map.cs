using System.Runtime.CompilerServices;
using Rowen.Functions;

namespace Rowen.Maps;

/// <summary>The forms of a map: ordered or as completed, over leases that are given or that it takes.</summary>
internal static class Map
{
    public static Task<TOut[]> OverLeasesAsync<TIn, TOut>(
        IReadOnlyCollection<Lease> leases, IEnumerable<TIn> items, string function, MapOptions? options, CancellationToken cancellationToken) =>
        OrderedAsync<TIn, TOut>(items, options, run => Give(run, leases, function), TimeProvider.System, cancellationToken);

    public static IAsyncEnumerable<MapResult<TOut>> StreamOverLeasesAsync<TIn, TOut>(
        IReadOnlyCollection<Lease> leases, IEnumerable<TIn> items, string function, MapOptions? options, CancellationToken cancellationToken) =>
        StreamedAsync<TIn, TOut>(items, options, run => Give(run, leases, function), TimeProvider.System, cancellationToken);

    public static Task<TOut[]> OverClusterAsync<TIn, TOut>(
        RowenClient client,
        IEnumerable<TIn> items,
        CodePackage code,
        string function,
        MapOptions? options,
        TimeProvider time,
        CancellationToken cancellationToken) =>
        OrderedAsync<TIn, TOut>(items, options, run => Supply(client, run, options, code, function, time), time, cancellationToken);

    public static IAsyncEnumerable<MapResult<TOut>> StreamOverClusterAsync<TIn, TOut>(
        RowenClient client,
        IEnumerable<TIn> items,
        CodePackage? code,
        string function,
        MapOptions? options,
        TimeProvider time,
        CancellationToken cancellationToken) =>
        StreamedAsync<TIn, TOut>(items, options, run => Supply(client, run, options, code, function, time), time, cancellationToken);

    private static async Task<TOut[]> OrderedAsync<TIn, TOut>(
        IEnumerable<TIn> items,
        MapOptions? options,
        Func<MapRun<TIn, TOut>, IAsyncDisposable?> begin,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        options = Checked(options);
        cancellationToken.ThrowIfCancellationRequested();
        long? total = CountOrNone(items);
        var sink = new OrderedSink<TOut>(items is TIn[] or List<TIn> ? total : null);
        var run = new MapRun<TIn, TOut>(items, options, sink, time);
        await using ConfiguredAsyncDisposable ending = run.ConfigureAwait(false);
        IAsyncDisposable? supply = begin(run);
        try
        {
            run.Start(cancellationToken);
            await run.Finished.ConfigureAwait(false);
            return sink.ToArray();
        }
        finally
        {
            if (supply is not null)
            {
                await supply.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async IAsyncEnumerable<MapResult<TOut>> StreamedAsync<TIn, TOut>(
        IEnumerable<TIn> items,
        MapOptions? options,
        Func<MapRun<TIn, TOut>, IAsyncDisposable?> begin,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options = Checked(options);
        var sink = new StreamSink<TOut>();
        var run = new MapRun<TIn, TOut>(items, options, sink, time);
        await using ConfiguredAsyncDisposable ending = run.ConfigureAwait(false);
        IAsyncDisposable? supply = begin(run);
        try
        {
            ResultOrder<TOut>? order = options.InOrder ? new ResultOrder<TOut>() : null;
            run.Queue.End = order?.End ?? long.MaxValue;
            run.Start(cancellationToken);
            await foreach (MapResult<TOut>[] results in sink.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                foreach (MapResult<TOut> result in order is null ? results : order.Add(results))
                {
                    yield return result;
                }

                if (order is not null && order.End > run.Queue.End)
                {
                    run.Queue.End = order.End;
                    run.KickIdleLanes();
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            run.End(new OperationCanceledException("The reader of the results has left."));
            if (supply is not null)
            {
                await supply.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static MapOptions Checked(MapOptions? options)
    {
        options ??= new MapOptions();
        options.Check();
        return options.Detach is not null
            ? throw new ArgumentException(
                "MapOptions.Detach is for maps that take their own leases, of a function that is given as such; a job takes its leases by itself.", nameof(options))
            : options.ResultsIn is not null
            ? throw new ArgumentException(
                "MapOptions.ResultsIn needs a function that is given as such, a lambda or a method: around one that is called by its name nothing can be put that puts its results. Let it put large ones into a store by itself, and return their names.",
                nameof(options))
            : options;
    }

    private static IAsyncDisposable? Give<TIn, TOut>(MapRun<TIn, TOut> run, IReadOnlyCollection<Lease> leases, string function)
    {
        if (leases.Count == 0)
        {
            throw new ArgumentException("A map needs at least one lease.", nameof(leases));
        }

        run.ExpectLease();
        foreach (Lease lease in leases)
        {
            _ = run.Add(lease, function);
        }

        run.ExpectNoMore();
        return null;
    }

    private static LeaseSupply<TIn, TOut> Supply<TIn, TOut>(
        RowenClient client, MapRun<TIn, TOut> run, MapOptions? options, CodePackage? code, string function, TimeProvider time)
    {
        var supply = new LeaseSupply<TIn, TOut>(client, run, options ?? new MapOptions(), code, function, time);
        supply.Start();
        return supply;
    }

    private static long? CountOrNone<TIn>(IEnumerable<TIn> items) => items.TryGetNonEnumeratedCount(out int count) ? count : null;
}
