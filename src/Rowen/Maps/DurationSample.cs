namespace Rowen.Maps;

/// <summary>The last durations of items, for their median. Thread safety: any thread.</summary>
internal sealed class DurationSample
{
    private const int Size = 256;
    private const int MinCount = 3;

    private readonly Lock _lock = new();
    private readonly long[] _ticks = new long[Size];
    private long _count;

    public void Add(TimeSpan duration)
    {
        lock (_lock)
        {
            _ticks[_count++ % Size] = duration.Ticks;
        }
    }

    /// <summary>The median; null while there are too few to speak of one.</summary>
    public TimeSpan? MedianOrNone()
    {
        long[] sorted;
        lock (_lock)
        {
            if (_count < MinCount)
            {
                return null;
            }

            sorted = _ticks[..(int)Math.Min(_count, Size)];
        }

        Array.Sort(sorted);
        return TimeSpan.FromTicks(sorted[sorted.Length / 2]);
    }
}
