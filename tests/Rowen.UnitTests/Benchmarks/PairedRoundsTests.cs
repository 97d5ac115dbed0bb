using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.UnitTests.Benchmarks;

public sealed class PairedRoundsTests
{
    [Fact]
    public void Ratio_is_taken_within_rounds_because_the_machine_changes_speed_between_them()
    {
        PairedRounds rounds = Pair((1, 2), (10, 11), (1, 2));

        Assert.Equal(2, rounds.Ratio);
        Assert.Equal(1, rounds.FloorUs);
        Assert.Equal(2, rounds.MedianUs);
        Assert.Equal(1, rounds.DistanceUs);
    }

    [Fact]
    public void Tail_is_that_of_all_calls_of_all_rounds()
    {
        var rounds = new PairedRounds();
        rounds.Run(() => RoundSample.Of([1, 1]), () => RoundSample.Of([.. Enumerable.Repeat(1.0, 97)]), new Random(1));
        rounds.Run(() => RoundSample.Of([1, 1]), () => RoundSample.Of([2, 7, 9]), new Random(1));

        Assert.Equal(7, rounds.P99Us);
    }

    [Fact]
    public void Both_sides_come_first_in_some_rounds()
    {
        var order = new List<string>();
        var random = new Random(1);
        var rounds = new PairedRounds();
        for (int i = 0; i < 20; i++)
        {
            rounds.Run(() => Note(order, "floor"), () => Note(order, "rowen"), random);
        }

        string[] first = [.. order.Where((_, index) => index % 2 == 0)];
        Assert.Contains("floor", first);
        Assert.Contains("rowen", first);
        Assert.Equal(20, order.Count(side => side == "floor"));
    }

    [Theory]
    [InlineData(0.10, 0.24, true)] // 2.4 times, but within 0.15 us
    [InlineData(0.10, 0.26, false)]
    [InlineData(1.00, 1.25, true)]
    [InlineData(1.00, 1.26, false)]
    [InlineData(1.90, 2.00, false)] // 2 us is too slow whatever the floor
    public void Small_hot_calls_may_take_a_quarter_or_150_ns_more(double floorUs, double rowenUs, bool expected)
    {
        PairedRounds rounds = Pair((floorUs, rowenUs));

        Assert.Equal(expected, Goal.HotOrNone("shm", 8)!.IsReachedBy(rounds));
    }

    [Theory]
    [InlineData(0.04, 0.066, true)]
    [InlineData(0.04, 0.067, false)]
    public void Streams_reach_three_fifths_of_the_ring(double floorUs, double rowenUs, bool expected) =>
        Assert.Equal(expected, Goal.Stream.IsReachedBy(Pair((floorUs, rowenUs))));

    [Fact]
    public void Lease_and_release_may_take_two_commits_and_a_millisecond()
    {
        Assert.True(Goal.LeaseAndRelease.IsReachedBy(Pair((300, 1600))));
        Assert.False(Goal.LeaseAndRelease.IsReachedBy(Pair((300, 1601))));
    }

    private static RoundSample Note(List<string> order, string side)
    {
        order.Add(side);
        return RoundSample.Of([1]);
    }

    private static PairedRounds Pair(params IEnumerable<(double Floor, double Rowen)> medians)
    {
        var rounds = new PairedRounds();
        foreach ((double floor, double rowen) in medians)
        {
            rounds.Run(() => RoundSample.Of([floor]), () => RoundSample.Of([rowen]), new Random(1));
        }

        return rounds;
    }
}
