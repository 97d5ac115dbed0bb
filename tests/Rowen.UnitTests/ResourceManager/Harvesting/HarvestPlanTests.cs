using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Limits;
using Rowen.ResourceManager.Placement;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class HarvestPlanTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly HarvestSettings Settings = new()
    {
        ClusterPath = "/shared/cluster.json",
        AgentCommand = ["rowen"],
        MaxNodes = 8,
        MaxPending = 3,
        IdleTimeout = TimeSpan.FromSeconds(10),
    };

    private readonly PilotTable _pilots = new();

    [Fact]
    public void Nothing_is_asked_for_while_nothing_waits() =>
        Assert.Equal(0, Plan().Decide(Needs(), _pilots, 0).SubmitCount);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 1, 1)] // a node has four cores
    [InlineData(5, 1, 2)]
    [InlineData(2, 3, 2)] // two of three cores each do not share one
    [InlineData(100, 1, 3)] // no more than may be pending
    [InlineData(1, 0, 1)] // all cores of a node
    [InlineData(2, 0, 2)]
    [InlineData(1, 5, 0)] // no node holds five cores
    public void Pilots_are_as_many_as_what_waits_fills(int leases, int cores, int pilots) =>
        Assert.Equal(pilots, Plan().Decide(Needs(Waiting(leases, cores)), _pilots, 0).SubmitCount);

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 4, 1)]
    [InlineData(1, 9, 3)]
    [InlineData(3, 8, 2)] // two of three cores each, which do not share a node
    [InlineData(1, int.MaxValue, 3)] // no more than may be pending
    [InlineData(5, 50, 0)] // no node holds five cores
    public void One_lease_that_waits_for_many_asks_for_the_nodes_of_all(int cores, int useful, int pilots) =>
        Assert.Equal(pilots, Plan().Decide(Needs([new LeaseAsk { Cores = cores, UsefulCores = useful }]), _pilots, 0).SubmitCount);

    [Fact]
    public void Pilot_that_could_begin_on_a_node_that_has_fallen_asleep_is_taken_back()
    {
        HarvestPlan plan = Plan();
        plan.BatchNodes = [.. plan.BatchNodes, new BatchNode("n2", "idle~", IsIdle: false, IsAsleep: true, new NodeShape(4, 8 * Gibibyte))];
        _pilots.Submitted("1", [], 0);
        _pilots.Submitted("2", ["n2"], 0);

        Assert.Equal(["1"], plan.Decide(Needs(Waiting(8, 1)), _pilots, 0).Cancel);
    }

    [Fact]
    public void Pilots_that_come_are_not_asked_for_again()
    {
        HarvestPlan plan = Plan();
        _pilots.Submitted("1", [], 0);
        _pilots.Submitted("2", [], 0);

        Assert.Equal(0, plan.Decide(Needs(Waiting(8, 1)), _pilots, 0).SubmitCount);
        Assert.Equal(1, plan.Decide(Needs(Waiting(9, 1)), _pilots, 0).SubmitCount);
    }

    [Fact]
    public void Nodes_that_are_held_count_against_the_limit()
    {
        HarvestNeeds needs = Needs(Waiting(100, 1), [.. Enumerable.Range(1, 7).Select(number => Busy((uint)number))]);

        Assert.Equal(1, Plan().Decide(needs, _pilots, 0).SubmitCount);
    }

    [Fact]
    public void Head_start_is_kept_ready_and_spared_from_going_back()
    {
        HarvestPlan plan = Plan(Settings with { HeadStart = 2 });

        Assert.Equal(2, plan.Decide(Needs(), _pilots, 0).SubmitCount);
        HarvestNeeds three = Needs([], Idle(1), Idle(2), Idle(3));
        plan.Decide(three, _pilots, 0);
        HarvestActions later = plan.Decide(three, _pilots, 10_000);

        Assert.Equal((0, 1), (later.SubmitCount, later.SendAway.Count));
    }

    [Fact]
    public void Idle_node_goes_back_after_its_time_and_not_before()
    {
        HarvestPlan plan = Plan();
        HarvestNeeds idle = Needs([], Idle(1));

        Assert.Empty(plan.Decide(idle, _pilots, 1_000).SendAway);
        Assert.Empty(plan.Decide(idle, _pilots, 10_999).SendAway);
        Assert.Equal(new NodeId(1), Assert.Single(plan.Decide(idle, _pilots, 11_000).SendAway).Id);
    }

    [Fact]
    public void Node_that_was_used_in_between_begins_to_be_idle_anew()
    {
        HarvestPlan plan = Plan();
        plan.Decide(Needs([], Idle(1)), _pilots, 0);
        plan.Decide(Needs([], Busy(1)), _pilots, 5_000);

        Assert.Empty(plan.Decide(Needs([], Idle(1)), _pilots, 12_000).SendAway);
        Assert.Single(plan.Decide(Needs([], Idle(1)), _pilots, 22_000).SendAway);
    }

    [Fact]
    public void Pilots_that_nobody_needs_any_more_are_taken_back_the_youngest_first()
    {
        HarvestPlan plan = Plan();
        _pilots.Submitted("1", [], 0);
        _pilots.Submitted("2", [], 1);
        HarvestNeeds one = Needs(Waiting(1, 1));

        Assert.Empty(plan.Decide(one, _pilots, 1_000).Cancel);
        Assert.Empty(plan.Decide(one, _pilots, 10_000).Cancel);
        Assert.Equal(["2"], plan.Decide(one, _pilots, 11_000).Cancel);
    }

    [Theory]
    [InlineData(3, 1, 3)] // one core of each, and the other lease finds room beside it
    [InlineData(2, 4, 3)] // whole nodes
    public void What_wants_several_nodes_at_once_fills_as_many(int nodes, int cores, int pilots) =>
        Assert.Equal(pilots, Plan().Decide(Needs([new LeaseAsk { Cores = cores, Nodes = nodes }, new LeaseAsk()]), _pilots, 0).SubmitCount);

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(3, 3, 0)]
    [InlineData(3, 1, 2)]
    public void Nodes_that_have_just_joined_are_what_is_waited_for(int nodes, int joining, int pilots)
    {
        HarvestedNode[] joined = [.. Enumerable.Range(1, joining).Select(number => Idle((uint)number) with { IsJoining = true })];

        Assert.Equal(pilots, Plan().Decide(Needs([new LeaseAsk { Cores = 4, Nodes = nodes }], joined), _pilots, 0).SubmitCount);
    }

    [Fact]
    public void Nodes_that_others_are_waited_for_with_do_not_go_back()
    {
        HarvestPlan plan = Plan();
        HarvestNeeds gathering = Needs([new LeaseAsk { Cores = 4 }], Idle(1), Idle(2)) with { GatheredCount = 2 };
        plan.Decide(gathering, _pilots, 0);

        Assert.Empty(plan.Decide(gathering, _pilots, 20_000).SendAway);
        Assert.Equal(2, plan.Decide(Needs([], Idle(1), Idle(2)), _pilots, 20_000).SendAway.Count);
    }

    [Fact]
    public void Frozen_harvest_takes_everything_back_at_once()
    {
        HarvestPlan plan = Plan();
        plan.IsFrozen = true;
        _pilots.Submitted("1", [], 0);

        HarvestActions actions = plan.Decide(Needs(Waiting(9, 1), Busy(1), Idle(2)), _pilots, 0);

        Assert.Equal(0, actions.SubmitCount);
        Assert.Equal(["1"], actions.Cancel);
        Assert.Equal(2, actions.SendAway.Count);
    }

    [Fact]
    public void Nothing_is_asked_for_before_the_nodes_are_known() =>
        Assert.Equal(0, new HarvestPlan(Settings).Decide(Needs(Waiting(1, 1)), _pilots, 0).SubmitCount);

    [Fact]
    public void An_owner_gets_no_more_pilots_than_a_limit_leaves_and_others_are_not_held_up()
    {
        LeaseAsk[] waiting = [.. Waiting(5, 4).Select(ask => ask with { User = "ada" }), new LeaseAsk { Cores = 4, User = "ben" }];
        HarvestNeeds needs = Needs(waiting) with { Quotas = [new PilotQuota(new Owner("ada", IsAccount: false), new HashSet<string> { "ada" }, Max: 2, Left: 2)] };

        Assert.Equal(3, Plan(Settings with { MaxPending = 9 }).Decide(needs, _pilots, 0).SubmitCount);
    }

    private static HarvestPlan Plan(HarvestSettings? settings = null) => new(settings ?? Settings)
    {
        BatchNodes = [new BatchNode("n1", "idle", IsIdle: true, IsAsleep: false, new NodeShape(4, 8 * Gibibyte))],
    };

    private static HarvestNeeds Needs(IReadOnlyList<LeaseAsk>? waiting = null, params HarvestedNode[] nodes) => new(waiting ?? [], nodes, IsLeaving: false);

    private static LeaseAsk[] Waiting(int leases, int cores) => [.. Enumerable.Range(0, leases).Select(_ => new LeaseAsk { Cores = cores })];

    private static HarvestedNode Busy(uint number) => Idle(number) with { LeaseCount = 1 };

    private static HarvestedNode Idle(uint number) =>
        new(new NodeId(number), $"n{number}", $"{1000 + number}", new NodeShape(4, 8 * Gibibyte), LeaseCount: 0, TakesLeases: true);
}
