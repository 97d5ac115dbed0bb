using System.Diagnostics;
using Rowen.Sessions;

namespace Rowen.Maps;

/// <summary>One core of one lease, as a map uses it.</summary>
internal sealed class MapLane<TIn, TOut>
{
    private readonly int _index;
    private readonly ExecutorSession _session;
    private readonly LaneShare _share;
    private readonly LaneDepth _depth;
    private readonly bool _hasBatches;
    private readonly MapLoop<TIn, TOut>[] _loops;
    private long _lastAnswerAt;
    private int _loopCount;
    private int _isClosed;

    /// <summary>Makes a lane of which nothing is used yet.</summary>
    /// <param name="run">The map.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="function">The function of that lease.</param>
    /// <param name="index">Number among the lanes of the lease.</param>
    /// <param name="number">Number among all lanes of the map.</param>
    public MapLane(MapRun<TIn, TOut> run, MapLease lease, Function<TIn, TOut> function, int index, int number)
    {
        ExecutorSession session = lease.Lease.Session;
        _index = index;
        _session = session;
        _share = session.ShareOf(index);
        _depth = new LaneDepth(session.SlotCount, run.Depth);
        _hasBatches = function.CanBatch;
        _loops = [.. Enumerable.Range(0, _depth.Max).Select(_ => new MapLoop<TIn, TOut>(run, this))];
        Lease = lease;
        Function = function;
        Number = number;
        SlotBytes = session.SlotBytes;
        Batch = new BatchSize(session.SlotBytes);
    }

    public MapLease Lease { get; }

    public Function<TIn, TOut> Function { get; }

    /// <summary>Number among all lanes of the map.</summary>
    public int Number { get; }

    public int SlotBytes { get; }

    public BatchSize Batch { get; }

    /// <summary>All that there can be, at work or not.</summary>
    public IReadOnlyList<MapLoop<TIn, TOut>> Loops => _loops;

    public bool IsOpen => Volatile.Read(ref _isClosed) == 0;

    /// <summary>Loops that keep an invocation under way each.</summary>
    public int LoopCount => Volatile.Read(ref _loopCount);

    /// <summary>Items that the next invocation may have.</summary>
    public int BatchCount => _hasBatches ? Batch.Wanted : 1;

    /// <summary>How many invocations it should have under way.</summary>
    public int Depth => _depth.Wanted;

    /// <summary>Whether others use the lane too, and one of them has found no slot.</summary>
    public bool IsWaitedFor => _share.IsWaitedFor || _session.HasSlotWaiters;

    public bool WantsMore => LoopCount < WantedLoops && !IsWaitedFor;

    public bool WantsFewer => LoopCount > WantedLoops || IsWaitedFor;

    private int WantedLoops => Math.Min(_depth.Wanted, _share.SlotsOfEach);

    /// <summary>Takes no more items.</summary>
    /// <returns>True the first time.</returns>
    public bool Close() => Interlocked.Exchange(ref _isClosed, 1) == 0;

    /// <summary>A loop that may begin; null if all are at work.</summary>
    public MapLoop<TIn, TOut>? BeginLoopOrNone()
    {
        foreach (MapLoop<TIn, TOut> loop in _loops)
        {
            if (loop.TryBegin())
            {
                if (Interlocked.Increment(ref _loopCount) == 1)
                {
                    _share.Join();
                }

                return loop;
            }
        }

        return null;
    }

    public void LoopEnds()
    {
        if (Interlocked.Decrement(ref _loopCount) == 0)
        {
            _share.Leave();
        }
    }

    /// <summary>Lets others have a turn, who use the lane too; asks them for one, if there was no slot for us.</summary>
    public async Task PauseAsync(bool isTurnedAway, TimeSpan pause, TimeProvider time)
    {
        if (isTurnedAway)
        {
            _share.BeginWait();
        }

        await Task.Delay(pause, time).ConfigureAwait(false);
        if (isTurnedAway)
        {
            _share.EndWait();
        }
    }

    public bool TryStart(TIn input, InvocationOptions options, out ValueTask<Reply> pending) =>
        Function.TryStart(_index, input, options, out pending);

    public bool TryStartBatch(ReadOnlySpan<byte> batch, int count, InvocationOptions options, out ValueTask<Reply> pending) =>
        Function.TryStartBatch(_index, batch, count, options, out pending);

    /// <summary>An answer has come.</summary>
    /// <returns>How long the executor may have been busy with it.</returns>
    public TimeSpan Answered(long sentAt, long now)
    {
        long since = Math.Max(sentAt, Volatile.Read(ref _lastAnswerAt));
        Volatile.Write(ref _lastAnswerAt, now);
        TimeSpan interval = Stopwatch.GetElapsedTime(since, Math.Max(now, since));
        _depth.Answered(interval);
        return interval;
    }
}
