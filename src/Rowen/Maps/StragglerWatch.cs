using System.Diagnostics;

namespace Rowen.Maps;

/// <summary>Runs stragglers a second time, on lanes that have nothing else to do.</summary>
internal sealed class StragglerWatch<TIn, TOut> : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    /// <summary>Below it, waiting is cheaper than looking.</summary>
    private static readonly TimeSpan MinAge = TimeSpan.FromMilliseconds(100);

    private readonly MapRun<TIn, TOut> _run;
    private readonly double _factor;
    private readonly ITimer _timer;

    public StragglerWatch(MapRun<TIn, TOut> run, double factor)
    {
        _run = run;
        _factor = factor;
        _timer = run.Time.CreateTimer(_ => Look(), null, Period, Period);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        if (_run.IsOver || _run.Queue.Total is null || _run.Queue.WaitingCount > 0 || !_run.HasRestingLane
            || _run.Durations.MedianOrNone() is not { } median)
        {
            return;
        }

        TimeSpan limit = TimeSpan.FromTicks(Math.Max(MinAge.Ticks, (long)(_factor * median.Ticks)));
        foreach ((MapItem<TIn> item, long sentAt) in _run.Singles())
        {
            if (Stopwatch.GetElapsedTime(sentAt) > limit && _run.Retries.TryAddCopy(item.Index))
            {
                _run.TryAgain(item with { Care = ItemCare.Alone });
                return; // the next one when this one has a lane
            }
        }
    }
}
