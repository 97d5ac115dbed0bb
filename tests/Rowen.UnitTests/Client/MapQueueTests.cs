using Rowen.Maps;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Client;

public sealed class MapQueueTests
{
    [Fact]
    public void List_is_walked_through_and_what_came_back_goes_first()
    {
        var queue = new MapQueue<string>(["a", "b", "c"]);

        Assert.Equal(3, queue.Total);
        Assert.Equal(new MapItem<string>(0, "a"), Take(queue));
        Assert.Equal(new MapItem<string>(1, "b"), Take(queue));
        queue.GiveBack(new MapItem<string>(0, "a"));
        Assert.Equal(new MapItem<string>(0, "a"), Take(queue));
        Assert.True(queue.HasItemsFor(memoryBytes: 1));
        Assert.Equal(new MapItem<string>(2, "c"), Take(queue));
        Assert.False(queue.HasItemsFor(memoryBytes: 1));
        Assert.Equal(0, queue.Take(new MapItem<string>[1], share: 1, memoryBytes: 1));
    }

    [Fact]
    public void Feeding_has_a_bound_and_the_total_is_known_at_its_end()
    {
        var queue = new MapQueue<string>(list: null);

        Assert.True(queue.TryFeed("a", maxWaiting: 2));
        Assert.True(queue.TryFeed("b", maxWaiting: 2));
        Assert.False(queue.TryFeed("c", maxWaiting: 2));
        Assert.Equal(2, queue.FedCount);
        Assert.Null(queue.Total);
        Assert.Equal(new MapItem<string>(0, "a"), Take(queue));
        Assert.True(queue.TryFeed("c", maxWaiting: 2));
        queue.EndFeed();
        Assert.Equal(3, queue.Total);
        Assert.Equal(new MapItem<string>(1, "b"), Take(queue));
        Assert.Equal(new MapItem<string>(2, "c"), Take(queue));
        Assert.Equal(0, queue.Take(new MapItem<string>[1], share: 1, memoryBytes: 1));
    }

    [Fact]
    public void Empty_input_is_complete_at_once() => Assert.Equal(0, new MapQueue<int>([]).Total);

    [Fact]
    public void Items_go_together_up_to_their_share_of_those_that_wait()
    {
        var queue = new MapQueue<int>(Enumerable.Range(0, 100).ToArray());
        var items = new MapItem<int>[64];

        Assert.Equal(25, queue.Take(items, share: 4, memoryBytes: 1));
        Assert.Equal(18, queue.Take(items, share: 4, memoryBytes: 1));
        Assert.Equal(25, items[0].Index);
        Assert.Equal(57, queue.Take(items, share: 1, memoryBytes: 1));
        Assert.Equal(0, queue.Take(items, share: 1, memoryBytes: 1));
    }

    [Fact]
    public void What_must_go_alone_isolated_or_with_more_memory_goes_with_nothing_else()
    {
        var queue = new MapQueue<int>([1, 2, 3]);
        var items = new MapItem<int>[8];
        Assert.Equal(3, queue.Take(items, share: 1, memoryBytes: 1));

        queue.GiveBack(items[0]);
        queue.GiveBack(items[1] with { Care = ItemCare.Alone });
        queue.GiveBack(items[2] with { Care = ItemCare.Isolated });
        queue.GiveBack(new MapItem<int>(3, 4, ItemCare.Alone, NeedsBytes: 100));

        Assert.Equal(4, queue.WaitingCount);
        Assert.Equal(1, queue.Take(items, share: 1, memoryBytes: 99));
        Assert.Equal(0, items[0].Index);
        Assert.Equal(1, queue.Take(items, share: 1, memoryBytes: 99));
        Assert.Equal(1, items[0].Index);
        Assert.Equal(0, queue.Take(items, share: 1, memoryBytes: 99));
        Assert.True(queue.HasIsolated);
        Assert.True(queue.TryTakeIsolated(out MapItem<int> isolated));
        Assert.Equal(2, isolated.Index);
        Assert.Equal(100, queue.NeededBytes);
        Assert.Equal(1, queue.Take(items, share: 1, memoryBytes: 100));
        Assert.Equal(3, items[0].Index);
    }

    [Fact]
    public void What_must_have_a_lease_for_itself_is_nothing_that_other_lanes_take()
    {
        var queue = new MapQueue<string>(["a"]);
        queue.GiveBack(Take(queue) with { Care = ItemCare.Isolated });

        Assert.Equal((true, false), (queue.HasItemsFor(memoryBytes: 1), queue.CanTake(memoryBytes: 1)));
    }

    [Fact]
    public void Second_attempt_that_is_dropped_takes_no_item_away_while_the_first_goes_on()
    {
        var retries = new ItemRetries(new MapOptions());
        var queue = new MapQueue<string>(["a", "b", "c", "d"], retries);
        MapItem<string> late = Take(queue);
        MapItem<string> later = Take(queue);
        MapItem<string> settled = Take(queue);
        Assert.True(retries.TryAddCopy(late.Index) && retries.TryAddCopy(later.Index) && retries.TryAddCopy(settled.Index));
        queue.GiveBack(late with { Care = ItemCare.Alone });
        queue.GiveBack(settled with { Care = ItemCare.Alone });
        Assert.True(retries.TryClaim(settled.Index));

        queue.Close();
        queue.GiveBack(later with { Care = ItemCare.Alone });

        Assert.Equal(3, queue.Total);
        Assert.Equal(ItemFateKind.Again, retries.Judge(late.Index, new ItemTrouble(ErrorCode.Unknown, ErrorCode.PeerLost, ItemCare.None, TogetherCount: 1, IsAlone: false, MemoryBytes: 1)).Kind);
        queue.GiveBack(late);
        Assert.Equal(2, queue.Total); // nobody will run it
        Assert.True(retries.TryClaim(later.Index));
    }

    private static MapItem<string> Take(MapQueue<string> queue)
    {
        var items = new MapItem<string>[1];
        Assert.Equal(1, queue.Take(items, share: 1, memoryBytes: 1));
        return items[0];
    }
}
