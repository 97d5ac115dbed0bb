using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Placement;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class PilotTableTests
{
    private readonly PilotTable _pilots = new();

    [Fact]
    public void Pilot_comes_until_its_agent_has_joined()
    {
        _pilots.Submitted("1", [], 0);
        Assert.Single(_pilots.Coming);

        Assert.True(_pilots.Joined([Node("1")]));

        Assert.Empty(_pilots.Coming);
        Assert.False(_pilots.Joined([Node("1")]));
        Assert.False(_pilots.Knows("2"));
    }

    [Fact]
    public void Pilot_whose_agent_has_left_does_not_come_again_though_the_batch_system_still_shows_it()
    {
        _pilots.Submitted("1", [], 0);
        _pilots.Joined([Node("1")]);

        _pilots.See([Job("1", PilotPhase.Running)], 20);
        IReadOnlyList<string> failures = _pilots.See([Job("1", PilotPhase.Ended, "COMPLETED")], 30);

        Assert.Empty(_pilots.Coming);
        Assert.Empty(failures);
    }

    [Fact]
    public void Pilot_that_ended_before_its_agent_joined_is_told_once()
    {
        _pilots.Submitted("1", [], 0);

        IReadOnlyList<string> failures = _pilots.See([Job("1", PilotPhase.Ended, "FAILED")], 10);

        Assert.Contains("pilot 1 ended before its agent joined (FAILED", Assert.Single(failures), StringComparison.Ordinal);
        Assert.Empty(_pilots.See([Job("1", PilotPhase.Ended, "FAILED")], 20));
        Assert.Empty(_pilots.Coming);
    }

    [Fact]
    public void Pilot_that_was_preempted_or_taken_back_has_not_failed()
    {
        _pilots.Submitted("1", [], 0);
        _pilots.Submitted("2", [], 0);
        _pilots.TakenBack(["2"]);

        Assert.Empty(_pilots.See([Job("1", PilotPhase.Ended, "PREEMPTED"), Job("2", PilotPhase.Ended, "CANCELLED")], 10));
        Assert.Empty(_pilots.Coming);
    }

    [Fact]
    public void Pilot_that_the_batch_system_does_not_show_is_missed_unless_it_was_submitted_since()
    {
        _pilots.Submitted("1", [], 0);
        _pilots.Submitted("2", [], 15);
        Assert.Empty(_pilots.See([], 8));
        Assert.Empty(_pilots.See([], 9));

        Assert.Contains("pilot 1 ", Assert.Single(_pilots.See([], 10)), StringComparison.Ordinal);
        Assert.Equal("2", Assert.Single(_pilots.Coming).Id);
    }

    [Fact]
    public void Pilot_that_answers_leave_out_now_and_then_still_comes()
    {
        _pilots.Submitted("1", [], 0);

        for (long nowMs = 1; nowMs < 20; nowMs++)
        {
            Assert.Empty(_pilots.See(nowMs % 3 == 0 ? [Job("1", PilotPhase.Pending, "PENDING")] : [], nowMs));
        }

        Assert.Equal("1", Assert.Single(_pilots.Coming).Id);
    }

    [Fact]
    public void Pilots_of_the_manager_before_are_known_again()
    {
        _pilots.See([Job("1", PilotPhase.Pending), Job("2", PilotPhase.Running), Job("3", PilotPhase.Ended, "COMPLETED")], 10);

        Assert.Equal(["1", "2"], _pilots.Coming.Select(pilot => pilot.Id));
    }

    private static PilotJob Job(string id, PilotPhase phase, string state = "RUNNING") => new(id, phase, state, "None", "n1");

    private static HarvestedNode Node(string job) => new(new NodeId(1), "n1", job, new NodeShape(4, 1L << 30), LeaseCount: 0, TakesLeases: true);
}
