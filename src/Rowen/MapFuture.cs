using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.StoredResults;

namespace Rowen;

/// <summary>A map that is under way: await it, or some of its items, or map over its results as they come.</summary>
/// <typeparam name="TOut">Type of the results.</typeparam>
/// <remarks>
/// Every result is kept until the future is gone: for inputs without end use <c>MapAsCompletedAsync</c>.
/// An item that fails does not end the map; it fails whoever awaits all items, or that one. Thread safety: any thread.
/// Disposing it cancels what is not done. With <see cref="MapOptions.ResultsIn"/> large results are read from the store each time that they are
/// asked for, and go with the future.
/// </remarks>
public sealed class MapFuture<TOut> : IAsyncDisposable
{
    private readonly CompletedItems<TOut> _items = new();
    private readonly MapStarter _starter;
    private readonly MapOptions _options;
    private readonly CancellationTokenSource _cancellation;
    private readonly Task<ResultFolder?> _folder;
    private readonly Task _pump;

    internal MapFuture(
        MapStarter starter,
        MapOptions options,
        long? total,
        Func<CompletedItems<TOut>, ResultPlace?, CancellationToken, Task> run,
        CancellationToken cancellationToken)
    {
        _starter = starter;
        _options = options;
        Total = total;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _folder = options.ResultsIn is { } store ? Task.Run(() => BeginFolderAsync(starter, store, _cancellation.Token), CancellationToken.None) : Task.FromResult<ResultFolder?>(null);
        _pump = Task.Run(() => PumpAsync(run), CancellationToken.None);
    }

    /// <summary>All items; null while that is not known.</summary>
    public long? Total { get; private set; }

    /// <summary>Items with a result or an error.</summary>
    public long DoneCount => _items.Count;

    /// <summary>Whether the map has ended.</summary>
    public bool IsCompleted => _items.IsComplete;

    /// <summary>The job that runs the map, with <see cref="MapOptions.Detach"/>: once it is written down.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="InvalidOperationException">This program runs the map.</exception>
    public Task<Job> JobAsync(CancellationToken cancellationToken = default) => _options.Submitted?.Task.WaitAsync(cancellationToken)
        ?? throw new InvalidOperationException("This map is no job: MapOptions.Detach was not set.");

    /// <summary>All results, in the order of the items.</summary>
    /// <param name="cancellationToken">Stops the wait, not the map.</param>
    /// <exception cref="MapException">Items failed; the others' results are lost to this caller, but not to <see cref="ItemAsync"/>.</exception>
    public async Task<TOut[]> ResultsAsync(CancellationToken cancellationToken = default)
    {
        await _items.WaitAsync(() => _items.IsComplete, cancellationToken).ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        MapResult<TOut>[] results = _items.ToArray();
        MapFailures failures = new();
        int failed = 0;
        foreach (MapResult<TOut> result in results.Where(result => result.Error is not null))
        {
            failed++;
            failures.Add(new MapFailure(result.Index, result.Error!));
        }

        return failures.ToExceptionOrNone(failed, results.Length - failed) is { } error ? throw error : await ValuesAsync(results, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>So that a future can be awaited as <see cref="ResultsAsync"/>.</summary>
    public TaskAwaiter<TOut[]> GetAwaiter() => ResultsAsync().GetAwaiter();

    /// <summary>Waits for the first item that is done, whichever it is.</summary>
    /// <param name="cancellationToken">Stops the wait, not the map.</param>
    /// <returns>Its result, or its error.</returns>
    public async Task<MapResult<TOut>> WaitAnyAsync(CancellationToken cancellationToken = default)
    {
        await _items.WaitAsync(() => _items.Count > 0, cancellationToken).ConfigureAwait(false);
        return await LookAtAsync(_items.First(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until every item is done, failed ones too.</summary>
    /// <param name="cancellationToken">Stops the wait, not the map.</param>
    public Task WaitAllAsync(CancellationToken cancellationToken = default) => WaitAsync(1, cancellationToken);

    /// <summary>Waits until a share of the items is done, failed ones too.</summary>
    /// <param name="share">From 0 to 1: 0.5 is half of them.</param>
    /// <param name="cancellationToken">Stops the wait, not the map.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is none.</exception>
    public Task WaitAsync(double share, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return _items.WaitAsync(() => _items.IsComplete || (Total is { } total && _items.Count >= Math.Ceiling(share * total)), cancellationToken);
    }

    /// <summary>Waits for one item.</summary>
    /// <param name="index">Position in the input, from 0.</param>
    /// <param name="cancellationToken">Stops the wait, not the map.</param>
    /// <returns>Its result, or its error.</returns>
    /// <exception cref="RowenException">The map has no such item, or ended before.</exception>
    public async Task<MapResult<TOut>> ItemAsync(long index, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        await _items.WaitAsync(() => _items.TryGet(index, out _), cancellationToken).ConfigureAwait(false);
        _items.TryGet(index, out MapResult<TOut> result);
        return await LookAtAsync(result, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Maps over the results as they come: an item's second step begins when its first is done, whatever the others do.</summary>
    /// <typeparam name="TNext">Type of the next results.</typeparam>
    /// <param name="function">The next step.</param>
    /// <param name="options">Its options; null: those of this map.</param>
    /// <returns>The next map, with the same items: an item that failed here fails there, with the same error.</returns>
    /// <remarks>
    /// Results pass through this program's memory, one copy each way. The next map runs where this one does: on the same
    /// leases, if leases were given; otherwise on leases of its own, so that <see cref="MapOptions.Cores"/> should leave some.
    /// </remarks>
    public MapFuture<TNext> Then<TNext>(Func<TOut, TNext> function, MapOptions? options = null) => FollowWith<TNext>(function, options);

    /// <summary>Maps an asynchronous function over the results as they come; a core waits for one before it takes the next.</summary>
    /// <inheritdoc cref="Then{TNext}(Func{TOut, TNext}, MapOptions)" path="/*[not(self::summary)]"/>
    public MapFuture<TNext> Then<TNext>(Func<TOut, Task<TNext>> function, MapOptions? options = null) => FollowWith<TNext>(function, options);

    /// <summary>Cancels what is not done.</summary>
    public async ValueTask DisposeAsync()
    {
        await _cancellation.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ((Task)_folder).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_folder.IsCompletedSuccessfully && await _folder.ConfigureAwait(false) is { } folder)
        {
            await folder.DisposeAsync().ConfigureAwait(false);
        }

        _cancellation.Dispose();
    }

    /// <summary>Runs a map, and keeps what comes.</summary>
    internal static async Task ReadAsync<TIn>(
        CompletedItems<TOut> items,
        MapStarter starter,
        IEnumerable<TIn> inputs,
        Delegate function,
        ResultPlace? place,
        MapOptions options,
        CancellationToken cancellationToken)
    {
        await foreach (MapResult<TOut> result in StoredMaps.BeginAsync<TIn, TOut>(starter, inputs, function, place, options, cancellationToken).ConfigureAwait(false))
        {
            items.Add(result);
        }
    }

    private MapFuture<TNext> FollowWith<TNext>(Delegate function, MapOptions? options)
    {
        MapForms.RefuseDetach(options, "A map over results");
        MapOptions next = (options ?? _options) with { Errors = MapErrors.Collect, InOrder = false, Detach = null, Submitted = null };
        return new MapFuture<TNext>(_starter, next, Total, (items, place, token) => FollowAsync(items, function, place, next, token), _cancellation.Token);
    }

    private async Task FollowAsync<TNext>(
        CompletedItems<TNext> next, Delegate function, ResultPlace? place, MapOptions options, CancellationToken cancellationToken)
    {
        List<long> indexes = [];
        ResultFolder? from = await _folder.ConfigureAwait(false);
        IAsyncEnumerable<MapResult<TNext>> results = from is null
            ? StoredMaps.BeginAsync<TOut, TNext>(_starter, _items.Follow(result => result.Value, indexes, Skip), function, place, options, cancellationToken)
            : StoredMaps.BeginAsync<Stored<TOut>, TNext>(
                _starter, _items.Follow(result => result.Stored!, indexes, Skip), StoredMaps.Reading<TOut, TNext>(function, from.Place), place, options, cancellationToken);
        await foreach (MapResult<TNext> result in results.ConfigureAwait(false))
        {
            long index;
            lock (indexes)
            {
                index = indexes[(int)result.Index];
            }

            next.Add(result.At(index));
        }

        await _pump.ConfigureAwait(false); // if the first step ended early, so does the second

        void Skip(MapResult<TOut> failed) => next.Add(new MapResult<TNext>(failed.Index, default!, failed.Error, failed.Lane, failed.Duration));
    }

    private static async Task<ResultFolder?> BeginFolderAsync(MapStarter starter, ResultStore store, CancellationToken cancellationToken) =>
        await ResultFolder.BeginAsync(store, starter.Logger, cancellationToken).ConfigureAwait(false);

    private async Task<MapResult<TOut>> LookAtAsync(MapResult<TOut> result, CancellationToken cancellationToken) =>
        await _folder.ConfigureAwait(false) is { } folder ? await result.ReadAsync(folder.Place, cancellationToken).ConfigureAwait(false) : result;

    private async Task<TOut[]> ValuesAsync(MapResult<TOut>[] results, CancellationToken cancellationToken) =>
        await _folder.ConfigureAwait(false) is { } folder
            ? await folder.ReadAllAsync([.. results.Select(result => result.Stored!)], cancellationToken).ConfigureAwait(false)
            : [.. results.Select(result => result.Value)];

    [SuppressMessage("Design", "CA1031", Justification = "Whoever awaits the future gets it.")]
    private async Task PumpAsync(Func<CompletedItems<TOut>, ResultPlace?, CancellationToken, Task> run)
    {
        try
        {
            ResultFolder? folder = await _folder.ConfigureAwait(false);
            await run(_items, folder?.Place, _cancellation.Token).ConfigureAwait(false);
            Total ??= _items.Count;
            _items.Complete(error: null);
        }
        catch (Exception exception)
        {
            _options.Submitted?.TrySetException(exception);
            _items.Complete(exception);
            throw;
        }
    }
}
