using Rowen.Maps;

namespace Rowen.UnitTests.Client;

public sealed class MapQueueTests
{
    [Fact]
    public void List_is_walked_through_and_what_came_back_goes_first()
    {
        var queue = new MapQueue<string>(["a", "b", "c"], maxFed: 2);

        Assert.Equal(3, queue.Total);
        Assert.Equal(new MapItem<string>(0, "a"), Take(queue));
        Assert.Equal(new MapItem<string>(1, "b"), Take(queue));
        queue.GiveBack(new MapItem<string>(0, "a"));
        Assert.Equal(new MapItem<string>(0, "a"), Take(queue));
        Assert.True(queue.HasItems);
        Assert.Equal(new MapItem<string>(2, "c"), Take(queue));
        Assert.False(queue.HasItems);
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public void Feeding_has_a_bound_and_the_total_is_known_at_its_end()
    {
        var queue = new MapQueue<string>(list: null, maxFed: 2);

        Assert.True(queue.TryFeed("a"));
        Assert.True(queue.TryFeed("b"));
        Assert.False(queue.TryFeed("c"));
        Assert.Equal(2, queue.FedCount);
        Assert.Null(queue.Total);
        Assert.Equal(new MapItem<string>(0, "a"), Take(queue));
        Assert.True(queue.TryFeed("c"));
        queue.EndFeed();
        Assert.Equal(3, queue.Total);
        Assert.Equal(new MapItem<string>(1, "b"), Take(queue));
        Assert.Equal(new MapItem<string>(2, "c"), Take(queue));
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public void Empty_input_is_complete_at_once() => Assert.Equal(0, new MapQueue<int>([], maxFed: 1).Total);

    private static MapItem<string> Take(MapQueue<string> queue)
    {
        Assert.True(queue.TryTake(out MapItem<string> item));
        return item;
    }
}
