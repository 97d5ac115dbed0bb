using Rowen.ResourceManager.Harvesting;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class CallBudgetTests
{
    [Fact]
    public void Calls_keep_to_the_period_and_save_no_more_than_two()
    {
        var budget = new CallBudget(TimeSpan.FromSeconds(15));
        var taken = new List<long>();
        for (long nowMs = 0; nowMs <= 60_000; nowMs += 250)
        {
            if (budget.TryTake(nowMs))
            {
                taken.Add(nowMs);
            }
        }

        Assert.Equal([0, 250, 15_000, 30_000, 45_000, 60_000], taken);
        Assert.True(budget.TryTake(1_000_000));
        Assert.True(budget.TryTake(1_000_000));
        Assert.False(budget.TryTake(1_000_000));
    }

    [Fact]
    public void Slow_answers_make_calls_rarer()
    {
        var budget = new CallBudget(TimeSpan.FromSeconds(1));
        Assert.True(budget.TryTake(0));

        budget.Answered(askedAtMs: 0, nowMs: 5_000);

        Assert.Equal((false, true), (budget.TryTake(24_999), budget.TryTake(25_000)));
    }

    [Fact]
    public void Failures_in_a_row_wait_longer_and_then_for_a_person()
    {
        var backOff = new BackOff(maxInRow: 3);
        Assert.True(backOff.MayTry(0));

        backOff.Fail("one", 0);
        Assert.Equal((false, true), (backOff.MayTry(1_999), backOff.MayTry(2_000)));
        backOff.Fail("two", 2_000);
        Assert.Equal((false, true), (backOff.MayTry(5_999), backOff.MayTry(6_000)));
        backOff.Fail("three", 6_000);
        Assert.Equal((true, false, "three"), (backOff.IsPaused, backOff.MayTry(long.MaxValue), backOff.Why));

        backOff.Reset();
        Assert.True(backOff.MayTry(6_000));
    }
}
