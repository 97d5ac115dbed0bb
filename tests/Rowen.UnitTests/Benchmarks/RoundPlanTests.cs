using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.UnitTests.Benchmarks;

public sealed class RoundPlanTests
{
    [Fact]
    public void Short_calls_are_timed_in_batches_that_outweigh_the_clock()
    {
        RoundPlan plan = RoundPlan.BackToBack(0.1, TimeSpan.FromMilliseconds(8));

        Assert.Equal(40, plan.BatchCalls);
        Assert.Equal(1000, plan.BatchCount);
        Assert.Equal(40_000, plan.SingleCount);
        Assert.Equal(500, plan.WarmUpCount);
        Assert.Equal(80_500, plan.TotalCount);
    }

    [Fact]
    public void Long_calls_are_timed_one_by_one_and_at_least_five_of_them()
    {
        RoundPlan plan = RoundPlan.BackToBack(10_000, TimeSpan.FromMilliseconds(8));

        Assert.Equal(1, plan.BatchCalls);
        Assert.Equal(5, plan.BatchCount);
        Assert.Equal(5, plan.SingleCount);
    }
}
