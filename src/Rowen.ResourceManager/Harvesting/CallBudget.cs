namespace Rowen.ResourceManager.Harvesting;

/// <summary>How often the batch system may be asked: once in a period, and twice in a row after a rest; more seldom if its answers take long.</summary>
internal sealed class CallBudget(TimeSpan period)
{
    private const double MaxSaved = 2;

    /// <summary>Rests for so many times what an answer took: of its time no more than a fifth is ours.</summary>
    private const int RestPerAnswer = 4;

    private double _saved = MaxSaved;
    private long _restsUntilMs;
    private long _countedAtMs;

    /// <summary>Takes one call from the budget, if there is one.</summary>
    public bool TryTake(long nowMs)
    {
        _saved = Math.Min(MaxSaved, _saved + ((nowMs - _countedAtMs) / period.TotalMilliseconds));
        _countedAtMs = nowMs;
        if (_saved < 1 || nowMs < _restsUntilMs)
        {
            return false;
        }

        _saved--;
        return true;
    }

    /// <summary>An answer came, or a call failed.</summary>
    public void Answered(long askedAtMs, long nowMs) => _restsUntilMs = nowMs + (RestPerAnswer * (nowMs - askedAtMs));
}
