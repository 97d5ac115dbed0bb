using Rowen.StoredResults;

namespace Rowen.UnitTests.StoredResults;

public sealed class HeldResultsTests
{
    [Fact]
    public void What_was_used_longest_ago_goes_first_when_there_is_no_room()
    {
        var held = new HeldResults(maxBytes: 10);
        byte[] first = new byte[4], second = new byte[4];

        held.Add("map/first", first);
        held.Add("map/second", second);
        Assert.Same(first, held.OrNone("map/first")); // used: the other one is older now
        held.Add("map/third", new byte[5]);

        Assert.Same(first, held.OrNone("map/first"));
        Assert.Null(held.OrNone("map/second"));
        Assert.NotNull(held.OrNone("map/third"));
    }

    [Fact]
    public void Same_name_is_held_once_and_what_is_too_large_not_at_all()
    {
        var held = new HeldResults(maxBytes: 10);
        byte[] first = new byte[6];

        held.Add("map/first", first);
        held.Add("map/first", new byte[6]);
        held.Add("map/large", new byte[11]);

        Assert.Same(first, held.OrNone("map/first"));
        Assert.Null(held.OrNone("map/large"));
        Assert.False(held.HasRoomFor(11));
    }

    [Fact]
    public void Program_that_is_no_executor_holds_nothing() => Assert.False(HeldResults.Here.HasRoomFor(1));
}
