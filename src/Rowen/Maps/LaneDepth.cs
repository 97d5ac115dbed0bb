namespace Rowen.Maps;

/// <summary>How many invocations a lane should have under way, from how long they take.</summary>
/// <remarks>
/// One at a time keeps long items spread evenly: what waits behind a long one could run elsewhere. Items shorter than
/// a round trip leave the executor idle between two, unless the next is there already. Not thread-safe: a lost update
/// costs nothing but a little precision.
/// </remarks>
/// <param name="slotCount">How many a lane has room for.</param>
/// <param name="limits">What counts as short, and how many are enough.</param>
internal sealed class LaneDepth(int slotCount, DepthLimits limits)
{
    private const double Weight = 0.25;

    private readonly int _maxDepth = Math.Min(slotCount, limits.Max);
    private double _averageTicks = -1;

    /// <summary>The most that it will ever want.</summary>
    public int Max => _maxDepth;

    /// <summary>How many, from 1.</summary>
    public int Wanted { get; private set; } = 1;

    /// <summary>An item has come back.</summary>
    /// <param name="interval">Since it was sent, or since the lane's previous answer, whichever is shorter.</param>
    public void Answered(TimeSpan interval)
    {
        _averageTicks = _averageTicks < 0 ? interval.Ticks : _averageTicks + (Weight * (interval.Ticks - _averageTicks));
        if (_averageTicks < limits.Short.Ticks)
        {
            Wanted = Math.Min(Wanted + 1, _maxDepth);
        }
        else if (_averageTicks < limits.Paired.Ticks)
        {
            bool isShort = Wanted > 2 && _averageTicks <= 2 * limits.Short.Ticks; // as it was, until it is clear
            Wanted = isShort ? Wanted : Math.Min(2, _maxDepth);
        }
        else if (_averageTicks > 2 * limits.Paired.Ticks)
        {
            Wanted = 1;
        }
    }
}
