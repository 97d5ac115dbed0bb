using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Sessions;

namespace Rowen.Maps;

/// <summary>Takes leases for one map, as many as its waiting items can use, and gives them back when they have nothing to do.</summary>
/// <remarks>
/// One loop tends them: it asks for what is free, then waits in the manager's queue for one more core at a time while items
/// wait, replaces what was lost, and ends what is idle. A manager that is away is waited for while there are lanes.
/// </remarks>
[SuppressMessage("Design", "CA1031", Justification = "Whatever fails here ends the map, with that error.")]
internal sealed class LeaseSupply<TIn, TOut>(
    RowenClient client, MapRun<TIn, TOut> run, MapOptions options, CodePackage? code, string function, TimeProvider time)
    : IAsyncDisposable
{
    /// <summary>Often enough that idle cores are not missed; the manager hears of it only if something is to be asked.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>How long leases that were given back may take to make room for another.</summary>
    private static readonly TimeSpan MaxRoomWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan StopPeriod = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<MapLease, bool> _leases = new(); // as a set
    private readonly ConcurrentQueue<Task> _ending = new();
    private readonly ConcurrentQueue<MapLease> _lost = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private Task _tending = Task.CompletedTask;
    private CancellationTokenSource? _waiting;
    private Task _waitingLease = Task.CompletedTask;
    private int _deathCount;
    private long _withoutLaneSince;

    private int HeldCores => _leases.Keys.Sum(lease => lease.Lease.Cores);

    /// <summary>Asks for what is free, or waits for the first core that becomes free.</summary>
    public void Start()
    {
        run.LeaseLost = NoteLoss;
        run.MemoryNeeded = Wake;
        run.ExpectLease(); // until the end: having no lane is a reason to ask, not to end
        _withoutLaneSince = time.GetTimestamp();
        _tending = Task.Run(TendAsync);
    }

    /// <summary>Gives everything back.</summary>
    public async ValueTask DisposeAsync()
    {
        run.LeaseLost = null;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _tending.ConfigureAwait(false);
        await _waitingLease.ConfigureAwait(false);
        await StopSoftlyAsync().ConfigureAwait(false);
        await Task.WhenAll(_leases.Keys.Concat(_lost).Select(lease => lease.Lease.DisposeAsync().AsTask()).Concat(_ending)).ConfigureAwait(false);
        _waiting?.Dispose();
        _stopping.Dispose();
        _wake.Dispose();
    }

    private async Task TendAsync()
    {
        try
        {
            while (!run.IsOver)
            {
                EndIdle();
                if (run.Queue.NeededBytes is > 0 and long bytes && !HasMemory(bytes))
                {
                    await TakeMoreMemoryAsync(bytes).ConfigureAwait(false);
                }
                else if (WantedCores() is > 0 and int wanted)
                {
                    await AskAsync(wanted).ConfigureAwait(false);
                }
                else if (_waiting is { } waiting && _waitingLease is { IsCompleted: false } && HeldCores > 0)
                {
                    await waiting.CancelAsync().ConfigureAwait(false); // what it was for is done
                }

                _ = await _wake.WaitAsync(Period, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The map has ended.
        }
        catch (Exception exception)
        {
            EndWith(exception);
        }
    }

    /// <summary>How many more cores the items could use that no lane has.</summary>
    private int WantedCores()
    {
        int held = HeldCores;
        long waiting = run.Queue.WaitingCount;
        long limit = options.Cores == 0 ? int.MaxValue : options.Cores;
        if (held == 0 && run.Queue.Total is null)
        {
            waiting = Math.Max(waiting, run.ExpectedCount ?? 1); // the input is yet to come
        }

        long useful = held > 0 && run.HasRestingLane ? 0 : waiting * options.CoresPerItem;
        return (int)Math.Clamp(Math.Min(useful, limit - held), 0, int.MaxValue) / options.CoresPerItem * options.CoresPerItem;
    }

    private bool HasMemory(long bytes) => _leases.Keys.Any(lease => lease.Lease.MemoryBytes >= bytes);

    private async Task AskAsync(int wanted)
    {
        if (!_waitingLease.IsCompleted)
        {
            return; // the manager knows already
        }

        try
        {
            IReadOnlyList<NodeView> nodes = await client.NodesAsync(_stopping.Token).ConfigureAwait(false);
            IReadOnlyList<int> plan = LeasePlan.Choose(nodes, wanted, itemCount: null, options.CoresPerItem, options.MemoryBytesPerItem);
            bool[] granted = await Task.WhenAll(plan.Select(cores => TryTakeAsync(cores, WhenFull.Fail, _stopping.Token))).ConfigureAwait(false);
            if (!granted.Contains(true))
            {
                _waiting?.Dispose();
                _waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                _waitingLease = WaitForCoreAsync(_waiting.Token);
            }
        }
        catch (RowenException exception) when (exception.Code is ErrorCode.ManagerUnreachable or ErrorCode.PeerLost or ErrorCode.LeaseEnded
            or ErrorCode.LeaseRevoked or ErrorCode.ExecutorCrashed or ErrorCode.UnknownLease or ErrorCode.StorageFailed)
        {
            run.Explain(exception.Message);
            if (_leases.IsEmpty && time.GetElapsedTime(_withoutLaneSince) > options.Lease.MaxWait)
            {
                throw;
            }
        }
    }

    /// <summary>Waits in the manager's queue, which is fair, and whose reason for the wait is told.</summary>
    private async Task WaitForCoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TryTakeAsync(options.CoresPerItem, WhenFull.Wait, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It is not needed any more.
        }
        catch (Exception exception)
        {
            run.Explain(exception.Message);
            if (_leases.IsEmpty && exception is not RowenException { Code: ErrorCode.ManagerUnreachable or ErrorCode.PeerLost or ErrorCode.LeaseRevoked })
            {
                EndWith(exception);
            }
        }

        Wake();
    }

    /// <summary>Takes a lease with more memory; our own idle ones make room for it.</summary>
    private async Task TakeMoreMemoryAsync(long bytes)
    {
        try
        {
            bool isAtLimit = options.Cores > 0 && HeldCores >= options.Cores;
            if (!isAtLimit && await TryTakeAsync(options.CoresPerItem, WhenFull.Fail, _stopping.Token, bytes).ConfigureAwait(false))
            {
                return;
            }

            Task[] ending = [.. _leases.Keys.Where(lease => lease.IsIdle && lease.TryRetire()).Select(EndAsync)];
            await Task.WhenAll(ending).ConfigureAwait(false);
            if (ending.Length > 0 && await TryTakeAsync(options.CoresPerItem, WhenFull.Wait, _stopping.Token, bytes).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (RowenException exception) when (exception.Code is ErrorCode.BadRequest or ErrorCode.CapacityExhausted or ErrorCode.WaitedTooLong)
        {
            run.Explain(exception.Message);
        }

        // What no node can give now is waited for while something is under way: then it may be given back.
        if (!HasMemory(bytes) && run.IsStill)
        {
            await run.FailHungryAsync(bytes, _leases.Keys.Select(lease => lease.Lease.MemoryBytes).DefaultIfEmpty(0).Max()).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryTakeAsync(int cores, WhenFull whenFull, CancellationToken cancellationToken, long memoryBytes = 0)
    {
        LeaseRequest request = options.Lease with
        {
            Cores = cores,
            Code = code,
            WhenFull = whenFull,
            Progress = new Explanation(run),
            MemoryBytes = memoryBytes > 0 ? memoryBytes
                : options.MemoryBytesPerItem > 0 ? options.MemoryBytesPerItem * (cores / options.CoresPerItem)
                : options.Lease.MemoryBytes,
            MaxWait = memoryBytes > 0 && options.Lease.MaxWait > MaxRoomWait ? MaxRoomWait : options.Lease.MaxWait,
        };
        try
        {
            Lease lease = await client.LeaseAsync(request, cancellationToken).ConfigureAwait(false);
            try
            {
                MapLease held = run.Add(lease, function);
                _leases[held] = true;
                return true;
            }
            catch
            {
                await lease.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.CapacityExhausted && whenFull == WhenFull.Fail)
        {
            run.Explain(exception.Message); // somebody was faster
            return false;
        }
    }

    /// <summary>Asks what is still under way to stop, and waits a little; the release of the leases ends the rest.</summary>
    private async Task StopSoftlyAsync()
    {
        long askedAt = time.GetTimestamp();
        foreach (MapLease lease in _leases.Keys.Where(lease => !lease.IsIdle))
        {
            _ = lease.Lease.Session.TrySend(SessionMessage.Stop);
        }

        while (_leases.Keys.Any(lease => !lease.IsIdle && lease.Lease.Session.Loss is null) && time.GetElapsedTime(askedAt) < options.StopTime)
        {
            await Task.Delay(StopPeriod, time).ConfigureAwait(false);
        }
    }

    /// <summary>What has had nothing to do for a while goes back; the last lease stays until the map ends.</summary>
    private void EndIdle()
    {
        foreach (MapLease lease in _leases.Keys)
        {
            if (lease.Lease.EndedToken.IsCancellationRequested && _leases.TryRemove(lease, out _))
            {
                _lost.Enqueue(lease); // it was lost while it came
                continue;
            }

            bool isIdle = _leases.Count > 1 && lease.IsIdle && run.Queue.WaitingCount == 0
                && Stopwatch.GetElapsedTime(lease.LastEndAt) >= options.IdleTime;
            if (isIdle && lease.TryRetire())
            {
                _ending.Enqueue(EndAsync(lease));
            }
        }
    }

    private Task EndAsync(MapLease lease)
    {
        run.Remove(lease);
        _leases.TryRemove(lease, out _);
        _withoutLaneSince = time.GetTimestamp();
        return lease.Lease.DisposeAsync().AsTask();
    }

    /// <summary>It is not held any more; what still runs on it may end in the time that it has left.</summary>
    private void NoteLoss(MapLease lease, ErrorCode code)
    {
        _lost.Enqueue(lease);
        _leases.TryRemove(lease, out _);
        _withoutLaneSince = time.GetTimestamp();
        bool isDeath = code is ErrorCode.ExecutorCrashed or ErrorCode.FunctionExitedProcess or ErrorCode.OutputOverrun;
        if (isDeath && Interlocked.Increment(ref _deathCount) > options.MaxLostLeases)
        {
            EndWith(new RowenException(
                code, $"The map gave up: {_deathCount} of its executors have died (MapOptions.MaxLostLeases). The last: {lease.Lease.EndReason}"));
        }

        Wake();
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else has woken it, or it needs no waking any more.
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
