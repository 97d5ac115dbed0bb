using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;

namespace Rowen.UnitTests.Client;

public sealed class MapArithmeticTests
{
    [Fact]
    public void Short_items_deepen_a_lane_up_to_four_and_no_further_than_its_slots()
    {
        Assert.Equal([2, 3, 4, 4], Depths(new LaneDepth(slotCount: 8, DepthLimits.OfFunctions), 10, 10, 10, 10));
        Assert.Equal([2, 2, 2], Depths(new LaneDepth(slotCount: 2, DepthLimits.OfFunctions), 10, 10, 10));
        Assert.Equal([1], Depths(new LaneDepth(slotCount: 1, DepthLimits.OfFunctions), 10));
    }

    [Fact]
    public void Long_items_go_one_at_a_time()
    {
        Assert.Equal([1, 1], Depths(new LaneDepth(slotCount: 4, DepthLimits.OfFunctions), 15_000, 15_000));
        // The average of 10 µs and 25 % of 200 ms is above thirty milliseconds: the long one is not the last of its kind.
        Assert.Equal([2, 1], Depths(new LaneDepth(slotCount: 4, DepthLimits.OfFunctions), 10, 200_000));
    }

    [Fact]
    public void Of_items_of_a_few_milliseconds_one_waits_while_another_runs()
    {
        Assert.Equal([2, 2], Depths(new LaneDepth(slotCount: 4, DepthLimits.OfFunctions), 700, 14_900));
        Assert.Equal([1], Depths(new LaneDepth(slotCount: 1, DepthLimits.OfFunctions), 700));
        Assert.Equal([2, 3, 4, 2], Depths(new LaneDepth(slotCount: 4, DepthLimits.OfFunctions), 10, 10, 10, 8_000));
    }

    [Fact]
    public void Items_that_are_hardly_longer_than_short_ones_change_nothing() =>
        Assert.Equal([2, 3, 3], Depths(new LaneDepth(slotCount: 4, DepthLimits.OfFunctions), 10, 10, 2_500));

    [Fact]
    public void Rate_begins_with_what_is_seen_and_then_follows_slowly()
    {
        var meter = new MapMeter();

        meter.Update(TimeSpan.FromSeconds(2), done: 200);
        Assert.Equal(100, meter.Rate);
        meter.Update(TimeSpan.FromSeconds(7), done: 200);
        Assert.Equal(100 * Math.Exp(-1), meter.Rate, precision: 9);
    }

    [Fact]
    public void Time_left_follows_from_the_rate_and_is_unknown_without_one()
    {
        var meter = new MapMeter();
        Assert.Null(meter.TimeLeft(left: 10));
        Assert.Equal(TimeSpan.Zero, meter.TimeLeft(left: 0));

        meter.Update(TimeSpan.FromSeconds(1), done: 50);

        Assert.Equal(TimeSpan.FromSeconds(4), meter.TimeLeft(left: 200));
        Assert.Null(meter.TimeLeft(left: null));
    }

    [Fact]
    public void Map_takes_all_free_cores_from_the_freest_node_on()
    {
        NodeView[] nodes = [Node(2), Node(0), Node(8), Node(4) with { State = "draining" }];

        Assert.Equal([8, 2], LeasePlan.Choose(nodes, wantedCores: 0, itemCount: null));
        Assert.Equal([8, 1], LeasePlan.Choose(nodes, wantedCores: 9, itemCount: null));
        Assert.Equal([3], LeasePlan.Choose(nodes, wantedCores: 0, itemCount: 3));
        Assert.Equal([1, 1, 1, 1, 1], LeasePlan.Choose(nodes, wantedCores: 5, itemCount: null, maxCores: 1));
        Assert.Equal([3, 3, 2, 2], LeasePlan.Choose(nodes, wantedCores: 0, itemCount: null, maxCores: 3));
        Assert.Equal([4, 4, 2], LeasePlan.Choose(nodes, wantedCores: 0, itemCount: null, coresPerItem: 2, maxCores: 5));
        Assert.Empty(LeasePlan.Choose([Node(0)], wantedCores: 4, itemCount: null));
    }

    [Fact]
    public void Map_exception_names_the_item_and_counts_the_others()
    {
        var cause = new RowenException(ErrorCode.Unknown, "The executor is gone.");
        var error = new MapException([new MapFailure(7, cause)], failedCount: 3, doneCount: 90);

        Assert.Equal("Item 7 of the map and 2 more failed, 90 have results: The executor is gone.", error.Message);
        Assert.Equal(ErrorCode.Unknown, error.Code);
        Assert.Equal(7, error.ItemIndex);
        Assert.Same(cause, error.InnerException);
    }

    [Fact]
    public void Result_without_value_tells_why()
    {
        var cause = new RowenException(ErrorCode.FunctionFailed, "It threw.");
        var result = new MapResult<int>(7, 0, cause, lane: 1, TimeSpan.FromSeconds(1));

        Assert.Same(cause, Assert.Throws<RowenException>(() => result.Value));
    }

    [Fact]
    public async Task Results_are_in_the_order_of_their_items_whether_the_total_was_known_or_not()
    {
        foreach (long? total in new long?[] { 600, null })
        {
            var sink = new OrderedSink<long>(total);
            for (long index = 599; index >= 0; index--)
            {
                await sink.AddAsync(new MapResult<long>[] { new(index, index * index, null, 0, TimeSpan.Zero) });
            }

            Assert.Equal(Enumerable.Range(0, 600).Select(i => (long)i * i), sink.ToArray());
        }
    }

    private static NodeView Node(int freeCores) => new() { State = "up", Cores = 8, FreeCores = freeCores };

    private static int[] Depths(LaneDepth depth, params int[] microseconds) => [.. microseconds.Select(each =>
    {
        depth.Answered(TimeSpan.FromMicroseconds(each));
        return depth.Wanted;
    })];
}
