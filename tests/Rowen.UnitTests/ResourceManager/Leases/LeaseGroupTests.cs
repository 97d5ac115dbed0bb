using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Placement;

namespace Rowen.UnitTests.ResourceManager.Leases;

/// <summary>Leases of several nodes: all in one moment, or none.</summary>
public sealed class LeaseGroupTests
{
    private readonly LeaseTableDriver _table = new();

    [Fact]
    public void Each_node_gives_a_lease_of_its_own_with_a_secret_of_its_own()
    {
        NodeId[] nodes = [_table.Join("one", cores: 2), _table.Join("two", cores: 2)];
        _table.TakeEffects();

        LeaseView first = Ask(nodes: 2, cores: 2);

        Assert.Equal([new LeaseId(1), new LeaseId(2)], first.Group);
        LeaseView second = _table.Find(new LeaseId(2));
        Assert.Equal((LeaseState.Starting, 2, first.Group), (second.State, second.Cores, second.Group));
        List<LeaseEffect> effects = _table.TakeEffects();
        Assert.Equal([first.Id, second.Id], effects.OfType<LeaseEffect.SaveLease>().Select(save => save.Lease.Id));
        LeaseEffect.Tell[] told = [.. effects.OfType<LeaseEffect.Tell>()];
        Assert.Equal(nodes, told.Select(tell => tell.Node).OrderBy(node => node.Value));
        Assert.Equal([first.Id, second.Id], told.Select(tell => tell.Order.Lease));
        Assert.Equal(3, told.Select(tell => tell.Order.Secret).Append("secret").Distinct().Count());
    }

    [Fact]
    public void Nothing_is_held_while_a_node_lacks_and_the_reason_says_which()
    {
        NodeId free = _table.Join("free", cores: 2);
        NodeId busy = _table.Join("busy", cores: 3);
        LeaseId holder = _table.Ask(cores: 3).Id;

        LeaseView waiting = Ask(nodes: 2, cores: 2);

        Assert.Equal((LeaseState.Waiting, 2), (waiting.State, waiting.Nodes));
        Assert.Equal(2, _table.Node(free).FreeCores);
        Assert.Equal(
            "waits for 2 cores on each of 2 nodes: 1 node has room; N2 has 0 of 3 free, held by L1", waiting.Reason);
        _table.Release(holder);
        _table.Ended(busy, holder);
        Assert.Equal([waiting.Id, new LeaseId(3)], _table.Find(waiting.Id).Group);
        Assert.Equal((0, 1), (_table.Node(free).FreeCores, _table.Node(busy).FreeCores));
    }

    [Fact]
    public void Two_that_want_the_same_nodes_have_them_one_after_the_other()
    {
        NodeId[] nodes = [_table.Join("one", cores: 2), _table.Join("two", cores: 2)];
        LeaseView first = Ask(nodes: 2, cores: 2);
        LeaseView second = Ask(nodes: 2, cores: 2);

        Assert.Equal(LeaseState.Waiting, second.State);
        foreach (LeaseId part in first.Group!)
        {
            Assert.Equal(LeaseState.Waiting, _table.Find(second.Id).State);
            NodeId node = _table.Find(part).Node;
            _table.Release(part);
            _table.Ended(node, part);
        }

        Assert.Equal(2, _table.Find(second.Id).Group!.Count);
        Assert.All(nodes, node => Assert.Equal(0, _table.Node(node).FreeCores));
    }

    [Fact]
    public void Nobody_takes_a_node_from_under_those_who_wait_for_several()
    {
        _table.Join("free", cores: 2);
        _table.Join("busy", cores: 3);
        _table.Ask(cores: 3);
        Ask(nodes: 2, cores: 2);

        LeaseView later = _table.Ask(cores: 1);

        Assert.Equal(LeaseState.Waiting, later.State);
        Assert.Contains("behind L2", later.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 2, 3)]
    [InlineData(4, 3, 3)]
    [InlineData(2, 1, 2)]
    public void As_many_as_there_are_is_enough_for_whoever_says_so(int nodes, int atLeast, int granted)
    {
        _table.Join("one", cores: 2);
        _table.Join("two", cores: 2);
        _table.Join("three", cores: 2);

        LeaseView view = Ask(nodes, cores: 2, atLeast);

        Assert.Equal(granted, view.Group!.Count);
    }

    [Fact]
    public void One_of_several_that_is_enough_stands_alone()
    {
        _table.Join("one", cores: 2);

        LeaseView view = Ask(nodes: 2, cores: 1, atLeast: 1);

        Assert.Equal((LeaseState.Starting, null), (view.State, view.Group));
    }

    [Fact]
    public void More_nodes_than_could_ever_hold_it_are_refused()
    {
        _table.Join("small", cores: 1);
        _table.Join("large", cores: 4);

        ErrorAnswer refused = _table.TryAsk(new LeaseAsk { Cores = 2, Nodes = 2 }).Error!;

        Assert.Equal(ErrorCode.CapacityExhausted, refused.Code);
        Assert.Equal(
            "Nodes that can ever hold 2 cores: 1 of 2, and 2 are asked for. Ask for fewer nodes, or for less of each.", refused.Message);
    }

    [Fact]
    public void Whoever_may_not_wait_hears_how_many_nodes_have_room()
    {
        _table.Join("free", cores: 2);
        _table.Join("busy", cores: 3);
        _table.Ask(cores: 3);

        ErrorAnswer refused = _table.TryAsk(new LeaseAsk { Cores = 2, Nodes = 2, MayWait = false }).Error!;

        Assert.Equal(ErrorCode.CapacityExhausted, refused.Code);
        Assert.Contains("waits for 2 cores on each of 2 nodes: 1 node has room; ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_node_ends_its_part_and_the_others_go_on_and_are_told()
    {
        NodeId one = _table.Join("one", cores: 2);
        _table.Join("two", cores: 2);
        LeaseView first = Ask(nodes: 2, cores: 2);
        LeaseView second = _table.Find(first.Group![1]);
        NodeId kept = first.Node == one ? second.Node : first.Node;
        LeaseId keptPart = first.Node == one ? second.Id : first.Id;
        LeaseId lostPart = first.Node == one ? first.Id : second.Id;
        _table.Ready(kept, keptPart);
        long version = _table.Find(keptPart).Version;

        _table.Advance(TimeSpan.FromSeconds(6), kept);

        Assert.Equal((LeaseState.Ended, ErrorCode.PeerLost), (_table.Find(lostPart).State, _table.Find(lostPart).EndCode));
        LeaseView view = _table.Find(keptPart);
        Assert.Equal(LeaseState.Active, view.State);
        Assert.True(_table.Table.HasChanged(keptPart, version));
        Assert.Equal($"without {lostPart} of its group: N1 (one) is lost: its agent is silent", view.Reason);
    }

    [Fact]
    public void Released_parts_disturb_nobody()
    {
        _table.Join("one", cores: 2);
        _table.Join("two", cores: 2);
        LeaseView first = Ask(nodes: 2, cores: 2);
        long version = _table.Find(first.Group![1]).Version;

        _table.Release(first.Id);

        Assert.False(_table.Table.HasChanged(first.Group[1], version));
    }

    [Fact]
    public void A_group_is_what_it_was_after_a_restart()
    {
        _table.Join("one", cores: 2);
        _table.Join("two", cores: 2);
        LeaseView granted = Ask(nodes: 2, cores: 2);
        LeaseView waiting = Ask(nodes: 2, cores: 1);

        LeaseTableDriver next = _table.Restart();

        Assert.All(granted.Group!, part => Assert.Equal((LeaseState.Starting, 2), (next.Find(part).State, next.Find(part).Group!.Count)));
        Assert.Equal((LeaseState.Waiting, 2), (next.Find(waiting.Id).State, next.Find(waiting.Id).Nodes));
    }

    [Fact]
    public void A_group_that_could_not_be_saved_waits_again_as_one_and_its_other_parts_never_were()
    {
        NodeId busy = _table.Join("busy", cores: 3);
        NodeId free = _table.Join("free", cores: 2);
        LeaseId holder = _table.Ask(cores: 3).Id;
        LeaseView waiting = Ask(nodes: 2, cores: 2);
        _table.Release(holder);
        _table.TakeEffects();
        _table.Ended(busy, holder);

        IReadOnlySet<LeaseId> undone = _table.Table.StorageFails("full", _table.Effects);

        Assert.Equal([waiting.Id, new LeaseId(3)], undone.OrderBy(lease => lease.Value));
        Assert.Equal((LeaseState.Waiting, null), (_table.Find(waiting.Id).State, _table.Find(waiting.Id).Group));
        Assert.Null(_table.Table.Find(new LeaseId(3), _table.NowMs).View);
        Assert.Equal((3, 2), (_table.Node(busy).FreeCores, _table.Node(free).FreeCores));
        _table.TakeEffects();
        Assert.Equal([waiting.Id, new LeaseId(4)], _table.Find(waiting.Id).Group);
    }

    [Fact]
    public void Memory_of_several_nodes_is_granted_together_too()
    {
        _table.Join("one", cores: 1);
        _table.Join("two", cores: 1);

        LeaseView view = _table.TryAsk(
            new LeaseAsk { Kind = LeaseKind.Memory, Cores = 0, MemoryBytes = LeaseTableDriver.Gibibyte, Nodes = 2 }).View!;

        Assert.Equal(2, view.Group!.Count);
        Assert.All(view.Group, part => Assert.Equal(LeaseTableDriver.Gibibyte, _table.Find(part).MemoryBytes));
    }

    [Theory]
    [InlineData(0, 0, "nodes = 0; it must be 1 to 256")]
    [InlineData(257, 0, "nodes = 257; it must be 1 to 256")]
    [InlineData(2, 3, "atLeast = 3; it must be 0 to 2")]
    public void Numbers_of_nodes_out_of_range_are_refused(int nodes, int atLeast, string message) => Assert.Contains(
        message, _table.TryAsk(new LeaseAsk { Nodes = nodes, AtLeast = atLeast }).Error!.Message, StringComparison.Ordinal);

    [Fact]
    public void Harvesting_hears_of_the_nodes_that_are_lacking_and_keeps_those_that_are_there()
    {
        _table.Join("free", cores: 2);
        _table.Table.DescribeNeeds(new HarvestState(new NodeShape(2, 8 * LeaseTableDriver.Gibibyte), MaxNodes: 2, new HashSet<string>(), "a pilot waits"), _table.NowMs);
        Assert.Equal(ErrorCode.CapacityExhausted, _table.TryAsk(new LeaseAsk { Cores = 2, Nodes = 4 }).Error!.Code);
        Assert.Equal(LeaseState.Waiting, Ask(nodes: 3, cores: 2).State);

        HarvestNeeds needs = _table.Table.DescribeNeeds(HarvestState.None, _table.NowMs);

        Assert.Equal((2, 1), (Assert.Single(needs.Waiting).Nodes, needs.GatheredCount));
        NodeId coming = _table.Join("coming", cores: 2);
        _table.Table.CloseOrders(coming, _table.Streams[coming], _table.NowMs, _table.Effects); // as before it listens for the first time
        Assert.Equal(2, Assert.Single(_table.Table.DescribeNeeds(HarvestState.None, _table.NowMs).Waiting).Nodes);
        _table.Join(new NodeJoin { Name = "pilot", Cores = 2, MemoryBytes = LeaseTableDriver.Gibibyte, BatchJob = "12" });
        Assert.False(Assert.Single(_table.Table.DescribeNeeds(HarvestState.None, _table.NowMs).Nodes).IsJoining);
    }

    private LeaseView Ask(int nodes, int cores, int atLeast = 0) =>
        _table.TryAsk(new LeaseAsk { Cores = cores, Nodes = nodes, AtLeast = atLeast }).View!;
}
