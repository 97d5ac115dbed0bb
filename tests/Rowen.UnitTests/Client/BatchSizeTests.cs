using Rowen.Maps;

namespace Rowen.UnitTests.Client;

public sealed class BatchSizeTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromMicroseconds(20);

    [Fact]
    public void Short_items_go_together_ever_more_of_them_until_an_invocation_takes_long_enough()
    {
        var size = new BatchSize(slotBytes: 65_536);

        Assert.Equal(1, size.Wanted);
        size.AnsweredOne(Quick, bytes: 4);
        Assert.Equal(4, size.Wanted);
        size.AnsweredSeveral(count: 4, elapsedNs: 4 * 1_000, bytes: 64);
        Assert.Equal(32, size.Wanted);
        size.AnsweredSeveral(count: 32, elapsedNs: 32 * 1_000, bytes: 512);
        Assert.Equal(256, size.Wanted);
        size.AnsweredSeveral(count: 256, elapsedNs: 256 * 1_000, bytes: 4096);
        Assert.Equal(400, size.Wanted); // of a microsecond each: 0.4 ms
    }

    [Fact]
    public void Long_items_never_go_together()
    {
        var size = new BatchSize(slotBytes: 65_536);

        size.AnsweredOne(TimeSpan.FromMilliseconds(2), bytes: 4);
        Assert.Equal(1, size.Wanted);
    }

    [Fact]
    public void One_long_item_among_short_ones_makes_the_next_batches_small()
    {
        var size = new BatchSize(slotBytes: 65_536);
        size.AnsweredOne(Quick, bytes: 4);
        size.AnsweredSeveral(4, 400, 64);
        size.AnsweredSeveral(32, 3_200, 512);

        size.AnsweredSeveral(count: 10, elapsedNs: 100_000_000, bytes: 160); // it stopped behind the long one

        Assert.Equal(1, size.Wanted);
    }

    [Fact]
    public void Large_items_go_together_only_as_far_as_they_fit()
    {
        var size = new BatchSize(slotBytes: 65_536);

        size.AnsweredOne(Quick, bytes: 40_000);

        Assert.Equal(1, size.Wanted);
    }
}
