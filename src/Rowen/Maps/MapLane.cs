using System.Diagnostics;
using Rowen.Sessions;

namespace Rowen.Maps;

/// <summary>One core of one lease, as a map uses it.</summary>
internal sealed class MapLane<TIn, TOut>(Lease lease, Function<TIn, TOut> function, int index, int number, int slotCount)
{
    private readonly LaneDepth _depth = new(slotCount);
    private long _lastAnswerAt;
    private int _loopCount;
    private int _isClosed;

    public Lease Lease => lease;

    public Function<TIn, TOut> Function => function;

    /// <summary>Number among all lanes of the map.</summary>
    public int Number => number;

    public bool IsOpen => Volatile.Read(ref _isClosed) == 0;

    /// <summary>Loops that keep an invocation under way each.</summary>
    public int LoopCount => Volatile.Read(ref _loopCount);

    public bool WantsMore => LoopCount < _depth.Wanted;

    public bool WantsFewer => LoopCount > _depth.Wanted;

    /// <summary>Takes no more items.</summary>
    /// <returns>True the first time.</returns>
    public bool Close() => Interlocked.Exchange(ref _isClosed, 1) == 0;

    public void LoopBegins() => Interlocked.Increment(ref _loopCount);

    public void LoopEnds() => Interlocked.Decrement(ref _loopCount);

    public bool TryStart(TIn input, InvocationOptions options, out ValueTask<Reply> pending) =>
        function.TryStart(index, input, options, out pending);

    public void Answered(long sentAt, long now)
    {
        long since = Math.Max(sentAt, Volatile.Read(ref _lastAnswerAt));
        Volatile.Write(ref _lastAnswerAt, now);
        _depth.Answered(Stopwatch.GetElapsedTime(since, Math.Max(now, since)));
    }
}
