using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Harvesting;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class JobLendingTests
{
    private static readonly HarvestNeeds Demand = new([new LeaseAsk()], [], IsLeaving: false);
    private static readonly HashSet<string> Nobody = [];

    private readonly JobLending _lending = new(maxNodes: 2);

    [Fact]
    public void Job_that_offers_is_taken_at_its_word_once_and_only_while_somebody_waits()
    {
        _lending.See([Job("7")]);

        Assert.Empty(_lending.Begin(Demand with { Waiting = [] }, Nobody, 0));
        Assert.Equal(["7"], Begin(0));
        _lending.See([Job("7")]);
        Assert.Empty(Begin(100_000));
    }

    [Fact]
    public void Job_whose_owner_lends_already_is_left_alone()
    {
        _lending.See([Job("7")]);

        Assert.Empty(_lending.Begin(Demand, new HashSet<string> { "7" }, 0));
    }

    [Fact]
    public void No_more_jobs_lend_than_may()
    {
        _lending.See([Job("7"), Job("8"), Job("9")]);

        Assert.Equal(2, Begin(0).Count);
        Assert.Empty(Begin(1));
        _lending.See([Job("9")]);
        Assert.Equal(["9"], Begin(2));
    }

    [Fact]
    public void What_fails_is_tried_again_later_and_not_for_ever()
    {
        _lending.See([Job("7")]);
        long nowMs = 0;
        int begun = 0;
        for (int i = 0; i < 10; i++)
        {
            begun += Begin(nowMs).Count;
            _lending.Fail("7", "no memory", nowMs);
            Assert.Empty(Begin(nowMs)); // not at once
            nowMs += 1_000_000;
        }

        Assert.Equal(3, begun);
    }

    [Fact]
    public void Nothing_begins_in_a_cluster_that_is_taken_down()
    {
        _lending.See([Job("7")]);

        Assert.Empty(_lending.Begin(Demand with { IsLeaving = true }, Nobody, 0));
    }

    [Fact]
    public void No_more_nodes_lend_than_may_and_a_smaller_job_is_not_held_up_by_a_larger_one()
    {
        _lending.See([Job("7"), Job("8") with { NodeCount = 2 }, Job("9")]);

        Assert.Equal(["7", "9"], Begin(0));
    }

    [Fact]
    public void Job_that_was_suspended_is_not_taken_for_a_new_one()
    {
        _lending.See([Job("7")]);
        Assert.Equal(["7"], Begin(0));
        _lending.See([Job("7") with { IsSuspended = true }, Job("8") with { IsSuspended = true }]);
        Assert.Empty(Begin(1));
        _lending.See([Job("7"), Job("8")]);

        Assert.Equal(["8"], Begin(2));
    }

    private static LendingJob Job(string id) => new(id, 1, new JobOffer(1, 1L << 30, BoundBy.Unknown));

    private List<string> Begin(long nowMs) => [.. _lending.Begin(Demand, Nobody, nowMs).Select(job => job.Id)];
}
