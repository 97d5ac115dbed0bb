using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.Maps;

/// <summary>Takes leases for one map, replaces those that are lost, and gives them back.</summary>
[SuppressMessage("Design", "CA1031", Justification = "Whatever fails here ends the map, with that error.")]
internal sealed class LeaseSupply<TIn, TOut>(
    RowenClient client, MapRun<TIn, TOut> run, MapOptions options, CodePackage? code, string function, long? itemCount)
    : IAsyncDisposable
{
    private readonly ConcurrentBag<Lease> _leases = [];
    private readonly ConcurrentBag<Task> _asking = [];
    private readonly CancellationTokenSource _stopping = new();
    private int _lostCount;

    /// <summary>Asks for what is free, or waits for the first core that becomes free.</summary>
    public void Start()
    {
        run.LeaseLost = Replace;
        run.ExpectLease();
        _asking.Add(Task.Run(AskAsync));
    }

    /// <summary>Gives everything back.</summary>
    public async ValueTask DisposeAsync()
    {
        run.LeaseLost = null;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_asking).ConfigureAwait(false);
        await Task.WhenAll(_leases.Select(lease => lease.DisposeAsync().AsTask())).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AskAsync()
    {
        try
        {
            IReadOnlyList<NodeView> nodes = await client.NodesAsync(_stopping.Token).ConfigureAwait(false);
            IReadOnlyList<int> plan = LeasePlan.Choose(nodes, options.Cores, itemCount, options.CoresPerItem, options.MemoryBytesPerItem);
            bool[] granted = await Task.WhenAll(plan.Select(cores => TryTakeAsync(cores, WhenFull.Fail))).ConfigureAwait(false);
            if (!granted.Contains(true))
            {
                await TryTakeAsync(options.CoresPerItem, WhenFull.Wait).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            EndWith(exception);
        }
        finally
        {
            run.ExpectNoMore();
        }
    }

    private void Replace(Lease lost)
    {
        if (Interlocked.Increment(ref _lostCount) <= options.MaxLostLeases)
        {
            run.ExpectLease();
            _asking.Add(Task.Run(() => ReplaceAsync(lost.Cores)));
        }
    }

    private async Task ReplaceAsync(int cores)
    {
        try
        {
            if (!await TryTakeAsync(cores, WhenFull.Fail).ConfigureAwait(false))
            {
                await TryTakeAsync(options.CoresPerItem, WhenFull.Wait).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            EndWith(exception);
        }
        finally
        {
            run.ExpectNoMore();
        }
    }

    private async Task<bool> TryTakeAsync(int cores, WhenFull whenFull)
    {
        LeaseRequest request = options.Lease with
        {
            Cores = cores,
            MemoryBytes = options.MemoryBytesPerItem == 0 ? options.Lease.MemoryBytes : options.MemoryBytesPerItem * (cores / options.CoresPerItem),
            Code = code,
            WhenFull = whenFull,
            Progress = new Explanation(run),
        };
        try
        {
            Lease lease = await client.LeaseAsync(request, _stopping.Token).ConfigureAwait(false);
            _leases.Add(lease);
            run.Add(lease, function);
            return true;
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.CapacityExhausted && whenFull == WhenFull.Fail)
        {
            run.Explain(exception.Message); // somebody was faster
            return false;
        }
    }

    private void EndWith(Exception exception)
    {
        if (!_stopping.IsCancellationRequested)
        {
            run.End(exception);
        }
    }

    private sealed class Explanation(MapRun<TIn, TOut> run) : IProgress<LeaseProgress>
    {
        public void Report(LeaseProgress value) => run.Explain(
            value.State == LeaseState.Waiting ? $"{value.Lease} waits: {value.Reason}" : $"{value.Lease} is being prepared.");
    }
}
