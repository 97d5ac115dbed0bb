using Rowen.NodeAgent.Neighbors;

namespace Rowen.UnitTests.NodeAgent.Neighbors;

public sealed class MemoryProbeTests
{
    private const long SecondNs = 1_000_000_000;

    private long _nowNs;
    private long _stepNs = 1_000;
    private int _readCount;

    [Fact]
    public void Slow_down_is_told_against_the_best_that_was_seen_and_measured_every_ten_seconds()
    {
        var probe = new MemoryProbe(ReadClock);

        Assert.Equal(1, probe.Look());
        Assert.True(probe.Sum > 0, "memory was read");
        int measured = _readCount;
        _stepNs = 2_000;
        Assert.Equal(1, probe.Look());
        Assert.Equal(measured + 1, _readCount); // looked at the clock, and at nothing else
        _nowNs += 10 * SecondNs;
        Assert.Equal(2, probe.Look());
        _stepNs = 500;
        _nowNs += 10 * SecondNs;
        Assert.Equal(1, probe.Look());
        _stepNs = 1_000;
        _nowNs += 10 * SecondNs;
        Assert.Equal(2, probe.Look());
    }

    private long ReadClock()
    {
        _readCount++;
        return _nowNs += _stepNs;
    }
}
