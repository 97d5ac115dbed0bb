using System.Diagnostics.CodeAnalysis;

namespace Rowen.Maps;

/// <summary>Brings the items of an input that is no list, as far ahead of the lanes as it takes to keep them busy.</summary>
/// <remarks>The input is the user's code: it runs on a thread of the pool, never where answers are polled for.</remarks>
[SuppressMessage("Design", "CA1031", Justification = "The input is the user's: whatever it throws ends the map.")]
internal sealed class MapFeeder<TIn, TOut>(MapRun<TIn, TOut> run, IEnumerable<TIn> items)
{
    private const int MinWaiting = 256;
    private const int MaxWaiting = 16_384;

    private readonly SemaphoreSlim _room = new(0, 1);
    private int _isWaiting;

    /// <summary>How many items may wait: enough for all lanes, whose batches are small if items are large.</summary>
    private int Bound => Math.Clamp(run.AppetiteCount, MinWaiting, MaxWaiting);

    public async Task RunAsync()
    {
        try
        {
            foreach (TIn item in items)
            {
                while (!run.Queue.TryFeed(item, Bound))
                {
                    if (run.IsOver)
                    {
                        return; // nobody takes anything any more
                    }

                    run.KickIdleLanes();
                    await WaitForRoomAsync().ConfigureAwait(false);
                }

                if (run.IsOver)
                {
                    return;
                }

                if (run.HasRestingLane)
                {
                    run.KickIdleLanes();
                }
            }

            run.Queue.EndFeed();
            run.KickIdleLanes();
            run.FinishIfDone();
            run.FailIfStranded();
        }
        catch (Exception exception)
        {
            run.End(exception); // the user's own: it comes out as it is
        }
    }

    /// <summary>Goes on, if it waits and the lanes have taken enough.</summary>
    public void WakeIfHungry()
    {
        if (Volatile.Read(ref _isWaiting) != 0 && run.Queue.FedCount <= Bound / 2)
        {
            Release();
        }
    }

    /// <summary>Goes on, to see that the map is over.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) != 0)
        {
            _room.Release();
        }
    }

    private async Task WaitForRoomAsync()
    {
        Volatile.Write(ref _isWaiting, 1);
        if (!run.IsOver && run.Queue.FedCount > Bound / 2)
        {
            await _room.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        }

        Volatile.Write(ref _isWaiting, 0);
    }
}
