using System.Diagnostics.CodeAnalysis;
using Rowen.Sessions;

namespace Rowen.Maps;

/// <summary>Keeps one invocation under way on a lane until nothing is left for it: one item, or several short ones.</summary>
/// <remarks>
/// An invocation's answer is taken, and the next one sent, on the thread that polls the lane: a map of short items costs
/// no change of threads.
/// </remarks>
[SuppressMessage("Design", "CA1031", Justification = "A defect of ours ends the map.")]
internal sealed class MapLoop<TIn, TOut>(MapRun<TIn, TOut> run, MapLane<TIn, TOut> lane)
{
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(1);

    private readonly MapInvocation<TIn, TOut> _invocation = new(run, lane);
    private int _isActive;

    /// <summary>What is under way alone, if anything is: the item, and since when by the stopwatch.</summary>
    public (MapItem<TIn> Item, long SentAt)? Single => _invocation.Single;

    /// <summary>What is under way, on a lease; null if nothing is.</summary>
    public MapOldest? OldestOrNone() => _invocation.First is { } first
        ? new MapOldest(first.Index, _invocation.Count, first.SentAt, lane.Lease.Lease.Id, lane.Lease.Lease.NodeName)
        : null;

    public bool TryBegin() => Interlocked.Exchange(ref _isActive, 1) == 0;

    /// <summary>Runs until there is nothing to do here.</summary>
    public async Task RunAsync()
    {
        bool mayGoOn = true;
        while (mayGoOn && lane.IsOpen && !run.IsOver && TryTake())
        {
            bool isBusy = false;
            try
            {
                switch (_invocation.Send(out ValueTask<Reply> pending))
                {
                    case MapStart.Started:
                        _invocation.Settle(await pending.ConfigureAwait(false));
                        break;
                    case MapStart.NoSlot:
                        isBusy = true;
                        break;
                    default:
                        break; // nothing could be sent: every item has its error
                }
            }
            catch (Exception exception)
            {
                run.End(exception); // a defect of ours must not be silence
            }

            _invocation.End();
            run.Ended(_invocation.Count);
            EndOnLease();
            mayGoOn = isBusy ? await PauseAsync().ConfigureAwait(false) : await DeliverAsync().ConfigureAwait(false);
        }

        _invocation.Clear();
        Volatile.Write(ref _isActive, 0);
        lane.LoopEnds();
        run.LoopEnded(lane);
    }

    private bool TryTake()
    {
        MapLease lease = lane.Lease;
        if (!lease.HasTime)
        {
            run.ExplainShortLease(lease.Lease);
            return false; // the map comes by again
        }

        if (run.Queue.HasIsolated)
        {
            if (!lease.TryBeginAlone())
            {
                return false; // whoever ends last here comes by again
            }

            if (_invocation.TryTakeIsolated())
            {
                run.Began(1);
                return true;
            }

            EndOnLease();
        }

        if (!lease.TryBegin())
        {
            return false;
        }

        bool isOneTooMany = lane.BatchCount == 1 && lane.LoopCount > 1 && run.IsNearEnd; // another lane should have it at once
        if (isOneTooMany || !_invocation.TryTake())
        {
            EndOnLease();
            return false;
        }

        run.Began(_invocation.Count);
        return true;
    }

    private void EndOnLease()
    {
        if (lane.Lease.End())
        {
            run.KickIdleLanes();
        }
    }

    /// <summary>Another user of the lease holds all slots of this lane; one loop stays to wait for them.</summary>
    private async Task<bool> PauseAsync()
    {
        if (lane.LoopCount > 1)
        {
            return false;
        }

        await lane.PauseAsync(isTurnedAway: true, BusyPause, run.Time).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<bool> DeliverAsync()
    {
        await run.DeliverAsync(_invocation.Results).ConfigureAwait(false);
        bool goesOn = AdjustLoops();
        if (goesOn && lane.IsWaitedFor)
        {
            await lane.PauseAsync(isTurnedAway: false, BusyPause, run.Time).ConfigureAwait(false);
        }

        return goesOn;
    }

    /// <summary>Starts another loop here, on the polling thread, or lets this one go.</summary>
    private bool AdjustLoops()
    {
        if (lane.WantsFewer && lane.LoopCount > 1)
        {
            return false;
        }

        if (lane.WantsMore && !run.IsOver && run.HasItemsFor(lane))
        {
            _ = lane.BeginLoopOrNone()?.RunAsync();
        }

        return true;
    }
}
