namespace Rowen.Maps;

/// <summary>Rate and time left, smoothed over the last seconds. Decides nothing; time is an argument.</summary>
internal sealed class MapMeter
{
    /// <summary>Long enough to be readable, short enough to show a lost lease.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private TimeSpan _at;
    private long _done;
    private double _rate = -1;

    /// <summary>Items a second.</summary>
    public double Rate => Math.Max(_rate, 0);

    /// <summary>Counts.</summary>
    /// <param name="now">Time since the map began.</param>
    /// <param name="done">Items that are done by now.</param>
    public void Update(TimeSpan now, long done)
    {
        TimeSpan period = now - _at;
        if (period <= TimeSpan.Zero)
        {
            return;
        }

        double current = (done - _done) / period.TotalSeconds;
        double weight = _rate < 0 ? 1 : 1 - Math.Exp(-period / Memory);
        _rate = _rate < 0 ? current : _rate + (weight * (current - _rate));
        _at = now;
        _done = done;
    }

    /// <summary>How long the rest takes at this rate.</summary>
    /// <param name="left">Items that are not done; null if not known.</param>
    public TimeSpan? TimeLeft(long? left) => left switch
    {
        null => null,
        0 => TimeSpan.Zero,
        _ => Rate <= 0 || left / Rate > TimeSpan.MaxValue.TotalSeconds / 2 ? null : TimeSpan.FromSeconds(left.Value / Rate),
    };
}
