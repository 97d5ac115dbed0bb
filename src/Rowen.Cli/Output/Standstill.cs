namespace Rowen.Cli.Output;

/// <summary>Decides when people are to be told why nothing comes of a map: soon, and not again and again.</summary>
/// <param name="time">The clock.</param>
/// <remarks>Thread safety: one thread at a time.</remarks>
internal sealed class Standstill(TimeProvider time)
{
    /// <summary>Nobody should stare at nothing for longer without being told why.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Of an item that takes long it is said at once, after a minute, and whenever it has taken twice as long.</summary>
    private static readonly TimeSpan FirstRepeat = TimeSpan.FromMinutes(1);

    private long _lastMoveAt = time.GetTimestamp();
    private TimeSpan _nextAfter;
    private string _said = string.Empty;

    /// <summary>Whether the reason is to be told now; if so, it counts as told.</summary>
    /// <param name="running">Items under way.</param>
    /// <param name="reason">Why nothing comes; empty if something does.</param>
    public bool IsToBeTold(long running, string reason)
    {
        if (reason.Length == 0)
        {
            (_lastMoveAt, _nextAfter) = (time.GetTimestamp(), TimeSpan.Zero);
            return false;
        }

        TimeSpan still = time.GetElapsedTime(_lastMoveAt);
        bool isDue = running > 0 ? still >= _nextAfter : still > Patience && reason != _said;
        if (isDue)
        {
            (_said, _nextAfter) = (reason, 2 * still > FirstRepeat ? 2 * still : FirstRepeat);
        }

        return isDue;
    }
}
