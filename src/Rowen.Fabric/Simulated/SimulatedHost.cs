namespace Rowen.Fabric.Simulated;

/// <summary>A machine on a <see cref="SimulatedNetwork"/>, with a clock that may run fast or slow.</summary>
/// <remarks>Thread safety: the network's one thread.</remarks>
public sealed class SimulatedHost
{
    private readonly SimulatedNetwork _network;
    private readonly double _clockRate;
    private readonly TimeSpan _clockOffset;

    internal SimulatedHost(SimulatedNetwork network, int index, string name, double clockRate, TimeSpan clockOffset)
    {
        _network = network;
        Index = index;
        Name = name;
        _clockRate = clockRate;
        _clockOffset = clockOffset;
    }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Whether it runs.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>How often it was started: what was begun in an earlier life does not happen in a later one.</summary>
    public int Incarnation { get; private set; } = 1;

    /// <summary>Its monotonic clock; survives a crash of what runs on it.</summary>
    public TimeSpan Clock => _clockOffset + (_network.Now * _clockRate);

    /// <summary>The same in whole milliseconds.</summary>
    public long ClockMs => Clock.Ticks / TimeSpan.TicksPerMillisecond;

    internal int Index { get; }

    /// <summary>Ends what runs here, and whatever was to happen here.</summary>
    public void Crash() => IsUp = false;

    /// <summary>Starts the host again, empty.</summary>
    public void Restart()
    {
        IsUp = true;
        Incarnation++;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
