using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.StoredResults;

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
    public void What_an_executor_has_in_its_memory_is_for_its_lease_first_and_nobody_waits_for_it()
    {
        LeaseId one = new(1), other = new(2), third = new(3);
        Stored<int>[] ofOne = [Held(one, 10), Held(other, 9)];
        Stored<int>[] ofOther = [Held(one, 4), Held(other, 3), Held(other, 3)];
        Stored<int>[] ofOtherToo = [Held(other, 1)];
        Stored<int>[] ofNobody = [Stored<int>.Of([1, 2, 3, 4])];
        var queue = new MapQueue<Stored<int>[]>([ofOther, ofOne, ofOtherToo, ofNobody]);

        Assert.Equal(4, queue.Total);
        Assert.Equal(4, queue.WaitingCount);
        Assert.Equal(1, TakeFor(one).Index);
        Assert.Equal(3, TakeFor(one).Index); // nobody's before another's
        Assert.Equal(0, TakeFor(third).Index);
        queue.GiveBack(new MapItem<Stored<int>[]>(0, ofOther));
        Assert.Equal(0, TakeFor(third).Index);
        Assert.Equal(2, TakeFor(other).Index);
        Assert.False(queue.HasItemsFor(memoryBytes: 1));

        MapItem<Stored<int>[]> TakeFor(LeaseId lease)
        {
            var item = new MapItem<Stored<int>[]>[1];
            Assert.Equal(1, queue.Take(item, share: 1, memoryBytes: 1, lease));
            return item[0];
        }
    }

    [Fact]
    public void Result_is_held_by_the_lease_that_gave_it_alone_or_by_key()
    {
        LeaseId lease = new(7);
        Stored<string> alone = Stored<string>.Of(9, new byte[32]);
        var byKey = new Dictionary<string, Stored<string>> { ["a"] = Stored<string>.Of(9, new byte[32]), ["b"] = Stored<string>.Of([1]) };

        WhereHeld<Stored<string>>.Note(alone, lease);
        WhereHeld<Dictionary<string, Stored<string>>>.Note(byKey, lease);
        WhereHeld<int>.Note(3, lease);

        Assert.Equal(lease, WhereHeld<Stored<string>>.Of(alone));
        Assert.Equal(lease, WhereHeld<Stored<string>[]>.Of([byKey["a"], byKey["b"]]));
        Assert.Equal(default, WhereHeld<Stored<string>[]>.Of([byKey["b"]])); // it travels itself
        Assert.False(WhereHeld<Dictionary<string, Stored<string>>>.IsKnown);
        Assert.False(WhereHeld<int>.IsKnown);
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

    private static Stored<int> Held(LeaseId lease, long bytes)
    {
        var stored = Stored<int>.Of(bytes, new byte[32]);
        stored.HeldBy = lease;
        return stored;
    }
}
