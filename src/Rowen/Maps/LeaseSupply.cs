using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.Maps;

/// <summary>Takes leases for one map, as many as its waiting items can use, and gives them back when they have nothing to do.</summary>
/// <remarks>
/// One loop tends them: it asks for what is free, then waits in the manager's queue for one more core at a time while items
/// wait, replaces what was lost, and ends what is idle. A manager that is away is waited for while there are lanes.
/// </remarks>
[SuppressMessage("Design", "CA1031", Justification = "Whatever fails here ends the map, with that error.")]
internal sealed class LeaseSupply<TIn, TOut>(
    RowenClient client, MapRun<TIn, TOut> run, MapOptions options, CodePackage? code, string function, TimeProvider time)
    : LeaseHolder, IAsyncDisposable
{
    /// <summary>Executors that may die one after the other before they have an item, as happens where a node's all die at once: more of them die of the map itself.</summary>
    private const int MaxLostAtBirth = 10;

    /// <summary>Often enough that idle cores are not missed; the manager hears of it only if something is to be asked.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>How long nothing may be under way before an item that needs more memory than any lease has is given up.</summary>
    private static readonly TimeSpan StillTime = TimeSpan.FromSeconds(1);

    /// <summary>How long leases that were given back may take to make room for another.</summary>
    private static readonly TimeSpan MaxRoomWait = TimeSpan.FromSeconds(10);

    /// <summary>How long an executor's own lane works before leases are asked for: most maps that functions begin are done by then.</summary>
    private static readonly TimeSpan HomeStart = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a map without any lease waits before another of the same client gives one up.</summary>
    private static readonly TimeSpan StarvingTime = TimeSpan.FromMilliseconds(500);

    /// <summary>For which a lease is kept whoever waits: a hundred times what it costs to take one.</summary>
    private static readonly TimeSpan MinHold = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestLease = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestRequest = LongestLease / 1.5;

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly HomeExecutor? _home = options.CoresPerItem == 1 ? HomeExecutor.OrNone : null;
    private Task _tending = Task.CompletedTask;
    private long? _stillSince;
    private CancellationTokenSource? _waiting;
    private Task _waitingLease = Task.CompletedTask;
    private HeldLeases<TIn, TOut> _leases = null!; // made in Start
    private int _deathCount;
    private int _lostAtBirth;

    /// <inheritdoc/>
    public override int HeldCores => _leases.Cores;

    /// <summary>Whether the map goes on although there is no lease: then no reason for having none ends it.</summary>
    private bool GoesOn => !_leases.IsEmpty || run.HasWorkAtHome;

    /// <summary>Asks for what is free, or waits for the first core that becomes free.</summary>
    public void Start()
    {
        _leases = new HeldLeases<TIn, TOut>(run, options, time, _stopping.Token);
        run.LeaseLost = NoteLoss;
        run.LeaseSpent = NoteSpent;
        client.Holders.Add(this);
        run.MemoryNeeded = Wake;
        run.ExpectLease(); // until the end: having no lane is a reason to ask, not to end
        _tending = Task.Run(TendAsync);
    }

    /// <summary>Gives everything back.</summary>
    public async ValueTask DisposeAsync()
    {
        client.Holders.Remove(this);
        run.LeaseLost = null;
        run.LeaseSpent = null;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _tending.ConfigureAwait(false);
        await _waitingLease.ConfigureAwait(false);
        await _leases.DisposeAsync().ConfigureAwait(false);
        _waiting?.Dispose();
        _stopping.Dispose();
        _wake.Dispose();
    }

    private async Task TendAsync()
    {
        try
        {
            if (_home is not null)
            {
                await WorkAtHomeAsync(_home).ConfigureAwait(false);
            }

            await TakeKeptAsync().ConfigureAwait(false);
            while (!run.IsOver)
            {
                EndSome();
                if (run.Queue.NeededBytes is > 0 and long bytes && _leases.MaxMemoryBytes < bytes)
                {
                    await TakeMoreMemoryAsync(bytes).ConfigureAwait(false);
                }
                else
                {
                    _stillSince = null;
                    await AskOrStopAskingAsync().ConfigureAwait(false);
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

    private async Task AskOrStopAskingAsync()
    {
        if (WantedCores() is > 0 and int wanted)
        {
            await AskAsync(wanted).ConfigureAwait(false);
        }
        else if (_waiting is { } waiting && _waitingLease is { IsCompleted: false } && (HeldCores > 0 || _home is not null))
        {
            await waiting.CancelAsync().ConfigureAwait(false); // what it was for is done
        }
    }

    /// <summary>What is idle, spent or lost goes back, and, while another map of this client has nothing, what was held for long enough.</summary>
    private void EndSome()
    {
        _leases.EndIdle(keptCount: _home is null ? 1 : 0); // a lane of some kind stays
        _leases.EndSpent();
        _leases.EndLost();
        _leases.EndShort();
        if (client.Holders.MustYield(this))
        {
            _leases.Yield(MinHold);
        }
    }

    /// <summary>The items begin to run in this executor, while no lease is asked for yet.</summary>
    private async Task WorkAtHomeAsync(HomeExecutor home)
    {
        CodePackageId package = code?.Id ?? default;
        if (code is not null && !home.Has(package))
        {
            await client.SendAsync(code, _stopping.Token).ConfigureAwait(false);
        }

        run.AddHome(home, home.Bind(package, function, options.Lease.Lambda?.Bind(package)), function);
        _ = await _wake.WaitAsync(HomeStart, _stopping.Token).ConfigureAwait(false);
    }

    /// <summary>Goes on with the leases that an earlier step has left. One that was lost since then is replaced as any other.</summary>
    private async Task TakeKeptAsync()
    {
        while (options.Kept is { } kept && kept.TryTake(out Lease? lease))
        {
            try
            {
                if (options.Lease.Lambda is { } lambda)
                {
                    await lease!.Lambdas.BindAsync(lambda, _stopping.Token).ConfigureAwait(false);
                }

                _leases.Add(run.Add(lease!, function));
            }
            catch (Exception exception)
            {
                await lease!.DisposeAsync().ConfigureAwait(false);
                if (exception is not RowenException)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>How many more cores the items could use that no lane has.</summary>
    private int WantedCores()
    {
        int held = HeldCores;
        long waiting = run.Queue.WaitingCount;
        long limit = options.Cores == 0 ? int.MaxValue : options.Cores - (_home is null ? 0 : 1);
        if (held == 0 && run.Queue.Total is null && _home is null)
        {
            waiting = Math.Max(waiting, run.ExpectedCount ?? 1); // the input is yet to come
        }

        long useful = held > 0 && run.HasRestingLane ? 0 : waiting * options.CoresPerItem;
        return (int)Math.Clamp(Math.Min(useful, limit - held), 0, int.MaxValue) / options.CoresPerItem * options.CoresPerItem;
    }

    /// <inheritdoc/>
    public override bool IsStarving => !GoesOn && !_waitingLease.IsCompleted && run.Queue.WaitingCount > 0
        && _leases.SinceLess > StarvingTime;

    private async Task AskAsync(int wanted)
    {
        if (!_waitingLease.IsCompleted)
        {
            return; // the manager knows already
        }

        try
        {
            IReadOnlyList<NodeView> nodes = await client.NodesAsync(_stopping.Token).ConfigureAwait(false);
            IReadOnlyList<int> plan = LeasePlan.Choose(nodes, wanted, itemCount: null, options.CoresPerItem, options.MemoryBytesPerItem, options.MaxCoresPerLease);
            bool[] granted = await Task.WhenAll(plan.Select(cores => TryTakeAsync(cores, WhenFull.Fail, _stopping.Token))).ConfigureAwait(false);
            if (!granted.Contains(true))
            {
                _waiting?.Dispose();
                _waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                _waitingLease = WaitForCoreAsync(wanted, _waiting.Token);
            }
        }
        catch (RowenException exception) when (IsPassing(exception))
        {
            run.Explain(exception.Message);
            if (!GoesOn && _leases.SinceLess > options.Lease.MaxWait)
            {
                throw;
            }
        }
    }

    /// <summary>
    /// Another lease may do: the manager is away, or the executor was lost before it had its first item (Unknown and NotExecuted are what the call that binds the map's lambda there becomes).
    /// </summary>
    private static bool IsPassing(Exception exception) => exception is RowenException
    {
        Code: ErrorCode.ManagerUnreachable or ErrorCode.PeerLost or ErrorCode.LeaseEnded or ErrorCode.LeaseRevoked or ErrorCode.ExecutorCrashed or ErrorCode.UnknownLease
            or ErrorCode.StorageFailed or ErrorCode.Unknown or ErrorCode.NotExecuted,
    };

    /// <summary>Waits in the manager's queue, which is fair, and whose reason for the wait is told.</summary>
    /// <param name="useful">How many cores we would take, were they free: batch systems are asked for nodes accordingly.</param>
    /// <param name="cancellationToken">Gives the place in the queue up.</param>
    private async Task WaitForCoreAsync(int useful, CancellationToken cancellationToken)
    {
        try
        {
            await TryTakeAsync(options.CoresPerItem, WhenFull.Wait, cancellationToken, useful: useful).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It is not needed any more.
        }
        catch (Exception exception)
        {
            run.Explain(exception.Message);
            if (!GoesOn && !IsPassing(exception)) // those that pass are bounded where leases are asked for
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

            if (await _leases.TryMakeRoomAsync().ConfigureAwait(false)
                && await TryTakeAsync(options.CoresPerItem, WhenFull.Wait, _stopping.Token, bytes).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (RowenException exception) when (IsPassing(exception) || exception.Code is ErrorCode.BadRequest or ErrorCode.CapacityExhausted or ErrorCode.WaitedTooLong)
        {
            run.Explain(exception.Message);
        }

        // What no node can give now is waited for while something is under way: then it may be given back.
        bool isStill = _leases.MaxMemoryBytes < bytes && run.IsStill && !_leases.AreEnding;
        _stillSince = isStill ? _stillSince ?? time.GetTimestamp() : null;
        if (_stillSince is { } since && time.GetElapsedTime(since) >= StillTime) // a lease may be about to end, unknown to us
        {
            _stillSince = null;
            await run.FailHungryAsync(bytes, _leases.MaxMemoryBytes).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryTakeAsync(int cores, WhenFull whenFull, CancellationToken cancellationToken, long memoryBytes = 0, int useful = 0)
    {
        LeaseRequest request = options.Lease with
        {
            Cores = cores,
            Code = code,
            UsefulCores = useful,
            WhenFull = whenFull,
            Progress = new Explanation(run),
            Duration = LeaseDuration,
            Lasts = options.TimeRequest,
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
                _leases.Add(run.Add(lease, function));
                Volatile.Write(ref _lostAtBirth, 0);
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
        catch (RowenException exception) when (exception.Code is ErrorCode.ExecutorCrashed or ErrorCode.Unknown)
        {
            if (Interlocked.Increment(ref _lostAtBirth) >= MaxLostAtBirth && !GoesOn)
            {
                EndWith(new RowenException(
                    exception.Code,
                    $"The map gave up: {MaxLostAtBirth} executors in a row died before they had an item: what its function captures, or its package, may end them. The last: {exception.Message}",
                    exception));
            }

            throw;
        }
    }

    /// <summary>
    /// A lease is renewed at a third of its duration. So what is left of one and a half of what an item may take is enough for an item at any moment, whatever
    /// becomes of the manager while it runs.
    /// </summary>
    private TimeSpan LeaseDuration
    {
        get
        {
            TimeSpan needed = options.TimeRequest < LongestRequest ? options.TimeRequest * 1.5 : LongestLease;
            return needed > options.Lease.Duration ? needed : options.Lease.Duration;
        }
    }

    private void NoteLoss(MapLease lease, ErrorCode code)
    {
        _leases.NoteLoss(lease);
        bool isDeath = code is ErrorCode.ExecutorCrashed or ErrorCode.FunctionExitedProcess or ErrorCode.OutputOverrun;
        if (isDeath && Interlocked.Increment(ref _deathCount) > options.MaxLostLeases)
        {
            EndWith(new RowenException(
                code, $"The map gave up: {_deathCount} of its executors have died (MapOptions.MaxLostLeases). The last: {lease.Lease.EndReason}"));
        }

        Wake();
    }

    private void NoteSpent(MapLease lease)
    {
        _leases.NoteSpent(lease);
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
