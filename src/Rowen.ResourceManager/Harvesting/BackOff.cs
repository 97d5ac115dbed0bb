namespace Rowen.ResourceManager.Harvesting;

/// <summary>Waits longer after each failure in a row; after a few, until somebody says go on.</summary>
internal sealed class BackOff(int maxInRow)
{
    private const long FirstMs = 2_000;
    private const long MaxMs = 300_000;

    private long _untilMs;

    public int FailureCount { get; private set; }

    /// <summary>The last failure, as it was told.</summary>
    public string Why { get; private set; } = string.Empty;

    /// <summary>Whether only a person can make it go on.</summary>
    public bool IsPaused => FailureCount >= maxInRow;

    public bool MayTry(long nowMs) => !IsPaused && nowMs >= _untilMs;

    public long RestMs(long nowMs) => Math.Max(0, _untilMs - nowMs);

    public void Fail(string why, long nowMs)
    {
        FailureCount++;
        Why = why;
        _untilMs = nowMs + Math.Min(MaxMs, FirstMs << Math.Min(FailureCount - 1, 10));
    }

    public void Reset()
    {
        FailureCount = 0;
        Why = string.Empty;
        _untilMs = 0;
    }
}
