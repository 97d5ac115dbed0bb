using Rowen.Maps;
using Rowen.Protocol.Identifiers;
using Rowen.Testing;

namespace Rowen.UnitTests.Client;

/// <summary>What a map says of itself while nothing comes of it.</summary>
public sealed class MapTellerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<MapProgress> _told = [];
    private MapProgress _progress = new(Done: 0, Total: 9, Running: 2, Failed: 0, Retries: new RetryCounts(), Lanes: 2, ItemsPerSecond: 0, TimeLeft: null, Reason: string.Empty) { Waiting = 7 };
    private MapOldest? _oldest;

    [Fact]
    public async Task Item_that_hangs_is_named_ten_seconds_after_the_last_result_and_no_more_after_the_next()
    {
        await using MapTeller teller = Start();
        _time.Advance(TimeSpan.FromSeconds(3));
        _oldest = new MapOldest(7, Count: 1, _time.GetTimestamp(), new LeaseId(4), "n1");
        _progress = _progress with { Done = 1 };

        _time.Advance(TimeSpan.FromSeconds(9));
        string before = _told[^1].Reason;
        _time.Advance(TimeSpan.FromSeconds(3));
        string hung = _told[^1].Reason;
        _progress = _progress with { Failed = 1 };
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(string.Empty, before);
        Assert.Equal("Item 7 has been running on L4 (n1) for 12 s; what it prints: rowen logs L4 -f", hung);
        Assert.Equal(string.Empty, _told[^1].Reason);
    }

    [Fact]
    public async Task Items_that_were_sent_together_are_named_together()
    {
        await using MapTeller teller = Start();
        _oldest = new MapOldest(40, Count: 200, _time.GetTimestamp(), new LeaseId(4), "n1");

        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.StartsWith("One of 200 items that were sent together, from 40 on, has been running on L4 (n1) for 11 s;", _told[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_runs_the_lease_or_the_input_is_what_is_waited_for()
    {
        await using MapTeller teller = Start();
        teller.WhyNothingRuns = "L5 waits: all cores are leased";
        _progress = _progress with { Running = 0 };

        _time.Advance(TimeSpan.FromSeconds(1));
        string capacity = _told[^1].Reason;
        _progress = _progress with { Total = null, Waiting = 0 };
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("L5 waits: all cores are leased", capacity);
        Assert.Equal("The input brings nothing at the moment.", _told[^1].Reason);
    }

    private MapTeller Start()
    {
        var options = new MapOptions { Progress = new Listener(_told), ProgressPeriod = TimeSpan.FromSeconds(1) };
        var teller = new MapTeller(options, _time, () => new MapStanding(_progress, IsOver: false, _oldest), end => Assert.Fail($"{end}"));
        teller.Start();
        return teller;
    }

    private sealed class Listener(List<MapProgress> told) : IProgress<MapProgress>
    {
        public void Report(MapProgress value) => told.Add(value);
    }
}
