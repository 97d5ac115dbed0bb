namespace Rowen.ResourceManager.Harvesting;

/// <summary>How often the batch system may be asked: once in a period, and twice in a row after a rest.</summary>
internal sealed class CallBudget(TimeSpan period)
{
    private const double MaxSaved = 2;

    private double _saved = MaxSaved;
    private long _countedAtMs;

    /// <summary>Takes one call from the budget, if there is one.</summary>
    public bool TryTake(long nowMs)
    {
        _saved = Math.Min(MaxSaved, _saved + ((nowMs - _countedAtMs) / period.TotalMilliseconds));
        _countedAtMs = nowMs;
        if (_saved < 1)
        {
            return false;
        }

        _saved--;
        return true;
    }
}
