using System.Diagnostics;
using Rowen.Fabric;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Sessions;

/// <summary>Who polls for a lane's answers, and who sleeps until they come.</summary>
/// <remarks>
/// There is no thread that must run for an answer to be seen: a synchronous caller polls for itself and, once the hot
/// window is over, sleeps for itself. Asynchronous calls share one thread, made at the first of them.
/// </remarks>
internal sealed class LaneWaiter(Lane lane, FabricEndpoint endpoint, long hotWindowTicks) : IDisposable
{
    public const int PollsBetweenClocks = 64;

    /// <summary>
    /// An answer that took so many hot windows is long: of items of milliseconds then. Below it a thread that has spun is woken sooner, since a processor that has been idle for
    /// longer sleeps deeper.
    /// </summary>
    private const int LongAnswer = 10;

    private static readonly TimeSpan MaxNap = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TurnTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Without calls under way the polling thread spins on for this long at most: the next await is hot then.</summary>
    private static readonly long MaxIdleSpinTicks = Stopwatch.Frequency / 1000;

    private readonly ManualResetEventSlim _pollerTurn = new();
    private Thread? _poller;
    private int _sleeperCount;
    private int _waitingCount;
    private int _asyncCount;

    /// <summary>Polls, then sleeps, until a call is done. The synchronous form of waiting.</summary>
    /// <param name="call">The call.</param>
    /// <param name="until">When to give up, by the stopwatch; the call goes on.</param>
    /// <returns>Whether it is done.</returns>
    public bool Await(PendingCall call, long until = long.MaxValue)
    {
        long hotUntil = 0;
        for (bool hasPauses = false; ; hasPauses = true)
        {
            lane.PollFor(call, PollsBetweenClocks, hasPauses);
            if (call.IsDone)
            {
                return true;
            }

            long now = Stopwatch.GetTimestamp();
            if (now >= until)
            {
                return false;
            }

            if (now >= call.DeadlineAt)
            {
                lane.Expire(now);
            }
            else if (hotWindowTicks != long.MaxValue)
            {
                hotUntil = hotUntil == 0 ? now + hotWindowTicks : hotUntil;
                if (now >= hotUntil)
                {
                    Sleep(call, call.Signal, now, until);
                }
            }
        }
    }

    public void AsynchronousCallBegins() => Interlocked.Increment(ref _asyncCount);

    public void AsynchronousCallEnds() => Interlocked.Decrement(ref _asyncCount);

    public void WakePoller()
    {
        if (_poller is null)
        {
            StartPoller();
        }

        if (!_pollerTurn.IsSet)
        {
            _pollerTurn.Set();
        }
    }

    /// <summary>The lane counts as disposed already: the polling thread ends.</summary>
    public void Dispose()
    {
        _pollerTurn.Set();
        endpoint.Wake();
        _poller?.Join();
        _pollerTurn.Dispose();
    }

    /// <summary>
    /// One thread sleeps at the endpoint, on behalf of all; others sleep until their call is done or it is their turn.
    /// </summary>
    private void Sleep(PendingCall? call, ManualResetEventSlim signal, long now, long until = long.MaxValue)
    {
        if (Interlocked.CompareExchange(ref _sleeperCount, 1, 0) != 0)
        {
            WaitForTurn(call, signal);
            return;
        }

        lane.SleepWhile(call, NapUntilDeadline(now, until));
        Volatile.Write(ref _sleeperCount, 0);
        if (Volatile.Read(ref _waitingCount) > 0)
        {
            PassTurn();
        }
    }

    private void WaitForTurn(PendingCall? call, ManualResetEventSlim signal)
    {
        signal.Reset();
        if (call is not null)
        {
            call.WantsSignal = true;
        }

        Interlocked.Increment(ref _waitingCount);
        if (call is not { IsDone: true } && Volatile.Read(ref _sleeperCount) != 0)
        {
            signal.Wait(TurnTimeout);
        }

        Interlocked.Decrement(ref _waitingCount);
    }

    private void PassTurn()
    {
        _pollerTurn.Set();
        foreach (PendingCall call in lane.Calls)
        {
            if (call.WantsSignal)
            {
                call.Signal.Set();
            }
        }
    }

    private TimeSpan NapUntilDeadline(long now, long until)
    {
        long nearest = Math.Min(until, now + (MaxNap.Ticks * Stopwatch.Frequency / TimeSpan.TicksPerSecond));
        foreach (PendingCall call in lane.Calls)
        {
            if (!call.IsDone && call.DeadlineAt < nearest)
            {
                nearest = call.DeadlineAt;
            }
        }

        return Stopwatch.GetElapsedTime(now, Math.Max(nearest, now));
    }

    private void StartPoller()
    {
        var thread = new Thread(PollForAsynchronousCalls) { Name = "rowen-lane", IsBackground = true };
        if (Interlocked.CompareExchange(ref _poller, thread, null) is null)
        {
            thread.Start();
        }
    }

    private void PollForAsynchronousCalls()
    {
        TimeSlice.WakeAtOnce(); // on one host every core may compute for us: the next item would wait until one of them has had its slice
        int polls = 0;
        long idleSince = Stopwatch.GetTimestamp();
        long idleSpin = Math.Min(hotWindowTicks, MaxIdleSpinTicks);
        bool pays = true; // to spin: what comes long after the hot window is slept for at once, and nobody who computes is held up
        while (!lane.IsDisposed)
        {
            if (lane.Step())
            {
                idleSince = 0;
                continue;
            }

            SpinPause.Once();
            if (++polls % PollsBetweenClocks != 0)
            {
                continue;
            }

            Thread.Yield(); // continuations of earlier answers may need this very core
            long now = Stopwatch.GetTimestamp();
            idleSince = idleSince == 0 ? now : idleSince;
            if (Volatile.Read(ref _asyncCount) == 0)
            {
                ParkAfter(idleSince + idleSpin, now);
                idleSince = 0;
                continue;
            }

            lane.Expire(now);
            if (hotWindowTicks != long.MaxValue && now - idleSince >= (pays ? hotWindowTicks : 0))
            {
                Sleep(call: null, _pollerTurn, now);
                pays = (Stopwatch.GetTimestamp() - idleSince) / LongAnswer <= hotWindowTicks;
            }
        }
    }

    /// <summary>Nothing is under way: spin a little for the next call, then wait for it without using the processor.</summary>
    private void ParkAfter(long until, long now)
    {
        while (now < until && Volatile.Read(ref _asyncCount) == 0)
        {
            Thread.Yield(); // whoever shall make the next call may need this very core
            now = Stopwatch.GetTimestamp();
        }

        _pollerTurn.Reset();
        if (Volatile.Read(ref _asyncCount) == 0 && !lane.IsDisposed)
        {
            _pollerTurn.Wait(MaxNap);
        }
    }
}
