using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Placement;
using Rowen.ResourceManager.Leases;

namespace Rowen.UnitTests.ResourceManager.Leases;

public sealed class LeaseTableTests
{
    private const long Gibibyte = LeaseTableDriver.Gibibyte;

    private readonly LeaseTableDriver _table = new();

    [Fact]
    public void A_lease_that_fits_is_granted_at_once_and_saved_before_it_is_ordered()
    {
        NodeId node = _table.Join("one", cores: 8, memoryBytes: 8 * Gibibyte);
        _table.TakeEffects();

        LeaseView lease = _table.Ask(cores: 2);

        Assert.Equal((LeaseState.Starting, node, 2, 2 * Gibibyte), (lease.State, lease.Node, lease.Cores, lease.MemoryBytes));
        List<LeaseEffect> effects = [.. _table.TakeEffects().Where(effect => effect is not LeaseEffect.Audit)];
        Assert.Equal(LeaseState.Starting, Assert.IsType<LeaseEffect.SaveLease>(effects[0]).Lease.State);
        Assert.Equal(lease.Id, Assert.IsType<LeaseEffect.Changed>(effects[1]).Lease);
        Assert.Equal(
            new NodeOrder
            {
                Kind = NodeOrderKind.StartLease,
                Epoch = 1,
                Lease = lease.Id,
                EndsAtAgentMs = LeaseTableDriver.AgentClockOffsetMs + 60_000,
                Cores = 2,
                MemoryBytes = 2 * Gibibyte,
                SlotCount = 4,
                SlotBytes = 65_536,
                HotWindowUs = 100,
                Secret = "secret",
            },
            Assert.IsType<LeaseEffect.Tell>(effects[2]).Order);
        Assert.Equal(3, effects.Count);
        Assert.Equal((6, 6 * Gibibyte), (_table.Node(node).FreeCores, _table.Node(node).FreeMemoryBytes));
    }

    [Fact]
    public void Whole_nodes_stay_empty_while_one_in_use_has_room()
    {
        NodeId small = _table.Join("small", cores: 4);
        NodeId large = _table.Join("large", cores: 8);

        Assert.Equal(small, _table.Ask(cores: 1).Node);
        Assert.Equal(large, _table.Ask(cores: 4).Node);
        Assert.Equal(small, _table.Ask(cores: 3).Node);
        Assert.Equal(large, _table.Ask(cores: 1).Node);
    }

    [Fact]
    public void Asking_for_no_number_of_cores_gets_all_free_ones_of_the_freest_node()
    {
        _table.Join("small", cores: 4);
        NodeId large = _table.Join("large", cores: 8);
        _table.Ask(cores: 8);

        LeaseView first = _table.Ask(cores: 0);
        LeaseView second = _table.Ask(cores: 0);

        Assert.Equal((4, LeaseState.Starting), (first.Cores, first.State));
        Assert.NotEqual(large, first.Node);
        Assert.Equal(LeaseState.Waiting, second.State);
    }

    [Fact]
    public void A_waiting_lease_says_what_it_waits_for()
    {
        NodeId node = _table.Join("one", cores: 8);
        LeaseView first = _table.Ask(cores: 3);
        LeaseView second = _table.Ask(cores: 3);

        LeaseView waiting = _table.Ask(cores: 4);
        LeaseView behind = _table.Ask(cores: 1);

        Assert.Equal($"waits for 4 cores: {node} has 2 of 8 free, held by {first.Id}, {second.Id}", waiting.Reason);
        Assert.Equal($"waits for 1 core, behind {waiting.Id}: {node} has 2 of 8 free but only 256 MiB of memory, held by {first.Id}, {second.Id}", behind.Reason);
    }

    [Fact]
    public void Lease_on_memory_holds_memory_and_no_core()
    {
        NodeId node = _table.Join("a", cores: 2, memoryBytes: 4 * LeaseTableDriver.Gibibyte);

        LeaseView lease = AskMemory(LeaseTableDriver.Gibibyte).View!;

        NodeOrder order = Assert.Single(_table.TakeOrders());
        Assert.Equal((LeaseKind.Memory, 0, LeaseTableDriver.Gibibyte), (order.LeaseKind, order.Cores, order.MemoryBytes));
        Assert.Equal((LeaseKind.Memory, 0, LeaseTableDriver.Gibibyte, node), (lease.Kind, lease.Cores, lease.MemoryBytes, lease.Node));
        Assert.Equal((2, 3 * LeaseTableDriver.Gibibyte), (_table.Node(node).FreeCores, _table.Node(node).FreeMemoryBytes));
    }

    [Fact]
    public void Lease_on_memory_is_what_it_was_after_a_restart()
    {
        _table.Join("a", cores: 2, memoryBytes: 4 * LeaseTableDriver.Gibibyte);
        LeaseId lease = AskMemory(LeaseTableDriver.Gibibyte).View!.Id;

        LeaseView restored = _table.Restart().Find(lease);

        Assert.Equal((LeaseKind.Memory, 0, LeaseTableDriver.Gibibyte), (restored.Kind, restored.Cores, restored.MemoryBytes));
    }

    [Fact]
    public void Lease_never_lies_on_a_node_that_it_avoids()
    {
        NodeId first = _table.Join("a", cores: 2, memoryBytes: 2 * LeaseTableDriver.Gibibyte);
        NodeId second = _table.Join("b", cores: 2, memoryBytes: 4 * LeaseTableDriver.Gibibyte);

        LeaseView apart = AskMemory(LeaseTableDriver.Gibibyte, first).View!;
        LeaseAnswer nowhere = AskMemory(LeaseTableDriver.Gibibyte, first, second);

        Assert.Equal(second, apart.Node);
        Assert.Equal(
            new ErrorAnswer(
                ErrorCode.CapacityExhausted,
                "No node can ever hold 1024 MiB of memory: there is none beside the 2 that it must not lie on. Start one with `rowen agent`."),
            nowhere.Error);
    }

    [Fact]
    public void Who_waits_for_cores_keeps_nobody_from_memory()
    {
        _table.Join("a", cores: 1, memoryBytes: 4 * LeaseTableDriver.Gibibyte);
        _table.Ask(cores: 1, memoryBytes: LeaseTableDriver.Gibibyte);
        LeaseView waiting = _table.Ask(cores: 1, memoryBytes: LeaseTableDriver.Gibibyte);

        LeaseView memory = AskMemory(LeaseTableDriver.Gibibyte).View!;
        LeaseView tooMuch = AskMemory(3 * LeaseTableDriver.Gibibyte).View!;

        Assert.Equal((LeaseState.Waiting, LeaseState.Starting), (waiting.State, memory.State));
        Assert.Equal((LeaseState.Waiting, "waits for 3072 MiB of memory: N1 has 2048 MiB of 4096 MiB free, held by L1, L3"), (tooMuch.State, tooMuch.Reason));
    }

    [Fact]
    public void Who_waits_for_memory_longest_is_first()
    {
        NodeId node = _table.Join("a", cores: 1, memoryBytes: 4 * LeaseTableDriver.Gibibyte);
        LeaseView held = AskMemory(3 * LeaseTableDriver.Gibibyte).View!;
        LeaseView large = AskMemory(2 * LeaseTableDriver.Gibibyte).View!;
        LeaseView small = AskMemory(LeaseTableDriver.Gibibyte).View!;

        _table.Release(held.Id);
        _table.Ended(node, held.Id);

        Assert.Equal(LeaseState.Waiting, small.State);
        Assert.Equal((LeaseState.Starting, LeaseState.Starting), (_table.Find(large.Id).State, _table.Find(small.Id).State));
    }

    [Theory]
    [InlineData(1, 1L << 30, "A lease was asked for with cores = 1; it must be 0 to 0.")]
    [InlineData(0, 0, "A lease was asked for with memoryBytes = 0; it must be 134217729 to 1125899906842624.")]
    public void Lease_on_memory_names_its_size_and_no_cores(int cores, long memoryBytes, string message)
    {
        LeaseAnswer answer = _table.TryAsk(new LeaseAsk { Kind = LeaseKind.Memory, Cores = cores, MemoryBytes = memoryBytes });

        Assert.Equal(new ErrorAnswer(ErrorCode.BadRequest, message), answer.Error);
    }

    [Fact]
    public void Kind_that_is_not_known_is_refused() => Assert.Equal(
        ErrorCode.BadRequest, _table.TryAsk(new LeaseAsk { Kind = (LeaseKind)7 }).Error!.Code);

    [Fact]
    public void Who_waits_longest_is_first_and_nobody_overtakes()
    {
        NodeId node = _table.Join("one", cores: 4);
        LeaseView holder = _table.Ask(cores: 3);
        LeaseView large = _table.Ask(cores: 4);
        LeaseView small = _table.Ask(cores: 1);
        Assert.Equal((LeaseState.Waiting, LeaseState.Waiting), (large.State, small.State));

        _table.Release(holder.Id);
        Assert.Equal(LeaseState.Waiting, _table.Find(large.Id).State); // the agent has not confirmed the end
        _table.Ended(node, holder.Id);

        Assert.Equal(LeaseState.Starting, _table.Find(large.Id).State);
        Assert.Equal(LeaseState.Waiting, _table.Find(small.Id).State);
    }

    [Fact]
    public void A_request_that_no_node_can_ever_hold_is_refused_and_says_what_the_largest_has()
    {
        NodeId node = _table.Join("one", cores: 8);

        ErrorAnswer cores = _table.TryAsk(new LeaseAsk { Cores = 9 }).Error!;
        ErrorAnswer memory = _table.TryAsk(new LeaseAsk { Cores = 1, MemoryBytes = 2 * Gibibyte }).Error!;

        Assert.Equal(
            new ErrorAnswer(
                ErrorCode.CapacityExhausted,
                $"No node can ever hold 9 cores: the largest, {node} (one), has 8 cores. Ask for less."),
            cores);
        Assert.Equal(
            new ErrorAnswer(
                ErrorCode.CapacityExhausted,
                $"No node can ever hold 1 core with 2048 MiB: the largest, {node} (one), has 8 cores and 1024 MiB. Ask for less."),
            memory);
    }

    [Fact]
    public void Without_any_node_a_request_waits_for_one()
    {
        LeaseView waiting = _table.Ask(cores: 4);
        Assert.Equal("waits for 4 cores: no node is there; start one with `rowen agent`", waiting.Reason);

        NodeId node = _table.Join("one", cores: 4);

        Assert.Equal((LeaseState.Starting, node), (_table.Find(waiting.Id).State, _table.Find(waiting.Id).Node));
    }

    [Fact]
    public void A_waiting_lease_that_became_impossible_holds_up_nobody()
    {
        NodeId large = _table.Join("large", cores: 8);
        NodeId small = _table.Join("small", cores: 2);
        _table.Ask(cores: 8);
        LeaseView impossible = _table.Ask(cores: 8);
        _table.Advance(TimeSpan.FromSeconds(6), small); // the large node is lost

        LeaseView possible = _table.Ask(cores: 2);

        Assert.Equal("lost", _table.Node(large).State);
        Assert.Equal(LeaseState.Starting, possible.State);
        Assert.Equal("waits for 8 cores: no node has that much now", _table.Find(impossible.Id).Reason);
    }

    [Fact]
    public void A_request_that_may_not_wait_fails_with_the_reason()
    {
        NodeId node = _table.Join("one", cores: 4);
        LeaseView holder = _table.Ask(cores: 3);

        ErrorAnswer refusal = _table.TryAsk(new LeaseAsk { Cores = 2, MayWait = false }).Error!;

        Assert.Equal(
            new ErrorAnswer(
                ErrorCode.CapacityExhausted,
                $"No room now, and the request may not wait; it waits for 2 cores: {node} has 1 of 4 free, held by {holder.Id}."),
            refusal);
    }

    [Fact]
    public void A_full_queue_refuses()
    {
        var table = new LeaseTableDriver(queue: new QueueOptions { MaxCount = 1 });
        table.Ask(cores: 1);

        ErrorAnswer refusal = table.TryAsk(new LeaseAsk()).Error!;

        Assert.Equal(new ErrorAnswer(ErrorCode.QueueFull, "1 requests wait for capacity already. Try later."), refusal);
    }

    [Fact]
    public void Waiting_ends_when_it_has_lasted_long_enough()
    {
        LeaseId lease = _table.TryAsk(new LeaseAsk { MaxWaitMs = 2_000 }).View!.Id;

        _table.Advance(TimeSpan.FromMilliseconds(1_750));
        Assert.Equal(LeaseState.Waiting, _table.Find(lease).State);
        _table.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Equal((LeaseState.Ended, ErrorCode.WaitedTooLong), (_table.Find(lease).State, _table.Find(lease).EndCode));
    }

    [Fact]
    public void Waiting_ends_when_the_client_asks_no_more()
    {
        LeaseView silent = _table.Ask(cores: 1, durationMs: 2_000);
        LeaseView living = _table.Ask(cores: 1, durationMs: 2_000);

        _table.Advance(TimeSpan.FromSeconds(1));
        _table.Table.Touch(living.Id, _table.NowMs);
        _table.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((LeaseState.Ended, ErrorCode.LeaseExpired), (_table.Find(silent.Id).State, _table.Find(silent.Id).EndCode));
        Assert.Equal(LeaseState.Waiting, _table.Find(living.Id).State);
    }

    [Fact]
    public void A_renewal_gives_the_full_duration_on_the_agents_clock()
    {
        NodeId node = _table.Join("one", cores: 1);
        LeaseView lease = _table.Ask(cores: 1, durationMs: 3_000);
        _table.Ready(node, lease.Id);
        _table.Advance(TimeSpan.FromSeconds(2), node);
        _table.TakeEffects();

        LeaseView renewed = _table.Renew(lease.Id).View!;

        Assert.Equal(3_000, renewed.RemainingMs);
        Assert.Equal(
            [new NodeOrder
            {
                Kind = NodeOrderKind.RenewLease,
                Epoch = 1,
                Lease = lease.Id,
                EndsAtAgentMs = LeaseTableDriver.AgentClockOffsetMs + 5_000,
            }],
            _table.TakeOrders());
    }

    [Fact]
    public void Lease_that_may_not_have_begun_is_renewed_by_beginning_it()
    {
        _table.Join("one", cores: 1);
        LeaseView lease = _table.Ask(cores: 1, durationMs: 3_000);
        NodeOrder start = Assert.Single(_table.TakeOrders());

        _table.Renew(lease.Id);

        Assert.Equal([start], _table.TakeOrders());
    }

    [Fact]
    public void Lease_that_needs_a_node_for_longer_than_its_allocation_lasts_waits_for_another_and_says_so()
    {
        _table.JoinUntil("pilot", cores: 2, endsInMs: 120_000);
        LeaseView brief = _table.TryAsk(new LeaseAsk { Cores = 1, DurationMs = 300_000, LastsMs = 119_000 }).View!;
        LeaseView lasting = _table.TryAsk(new LeaseAsk { Cores = 1, DurationMs = 300_000, LastsMs = 200_000 }).View!;

        Assert.Equal((LeaseState.Starting, 120_000), (brief.State, brief.RemainingMs));
        Assert.Equal((LeaseState.Waiting, "waits for 1 core: N1 ends in 120 s, and 200 s are asked for"), (lasting.State, _table.Find(lasting.Id).Reason));

        _table.Join("stays", cores: 1);

        Assert.Equal(LeaseState.Starting, _table.Find(lasting.Id).State);
    }

    [Fact]
    public void A_renewal_saves_nothing()
    {
        _table.Join("one", cores: 1);
        LeaseView lease = _table.Ask(cores: 1);
        _table.TakeEffects();

        _table.Renew(lease.Id);

        Assert.Empty(_table.TakeEffects().OfType<LeaseEffect.SaveLease>());
    }

    [Fact]
    public void An_expired_lease_gives_its_cores_back_a_margin_later_if_the_agent_is_silent_about_it()
    {
        NodeId node = _table.Join("one", cores: 4);
        LeaseView lease = _table.Ask(cores: 4, durationMs: 2_000);
        LeaseView next = _table.Ask(cores: 4);
        _table.Ready(node, lease.Id);

        _table.Advance(TimeSpan.FromSeconds(2), node);
        Assert.Equal((LeaseState.Ended, ErrorCode.LeaseExpired), (_table.Find(lease.Id).State, _table.Find(lease.Id).EndCode));
        Assert.Equal(ErrorCode.LeaseExpired, _table.Renew(lease.Id).Error!.Code);
        _table.Advance(TimeSpan.FromMilliseconds(750), node);
        Assert.Equal((LeaseState.Waiting, 0), (_table.Find(next.Id).State, _table.Node(node).FreeCores));
        _table.Advance(TimeSpan.FromMilliseconds(250), node);

        Assert.Equal(LeaseState.Starting, _table.Find(next.Id).State);
    }

    [Fact]
    public void A_released_lease_keeps_its_cores_until_the_agent_confirms()
    {
        NodeId node = _table.Join("one", cores: 4);
        LeaseView lease = _table.Ask(cores: 4);
        _table.Ready(node, lease.Id);
        _table.TakeEffects();

        LeaseView released = _table.Release(lease.Id);
        NodeOrder[] orders = _table.TakeOrders();
        int freeBefore = _table.Node(node).FreeCores;
        _table.Ended(node, lease.Id);

        Assert.Equal((LeaseState.Ended, ErrorCode.LeaseReleased), (released.State, released.EndCode));
        Assert.Equal(
            [new NodeOrder
            {
                Kind = NodeOrderKind.EndLease,
                Epoch = 1,
                Lease = lease.Id,
                Code = ErrorCode.LeaseReleased,
                Why = "released by its owner",
            }],
            orders);
        Assert.Equal((0, 4), (freeBefore, _table.Node(node).FreeCores));
        Assert.Equal(released.Version, _table.Release(lease.Id).Version);
    }

    [Fact]
    public void A_graceful_revocation_ends_when_the_agent_says_so_or_the_grace_is_over()
    {
        NodeId node = _table.Join("one", cores: 4);
        LeaseView quick = _table.Ask(cores: 1);
        LeaseView slow = _table.Ask(cores: 1);
        _table.TakeEffects();

        LeaseView ending = _table.Revoke(quick.Id, graceMs: 2_000);
        _table.Revoke(slow.Id, graceMs: 2_000);
        NodeOrder[] orders = _table.TakeOrders();
        _table.Ended(node, quick.Id, ErrorCode.LeaseRevoked);
        _table.Advance(TimeSpan.FromSeconds(2), node);

        Assert.Equal((LeaseState.Ending, "revoked: needed elsewhere"), (ending.State, ending.Reason));
        Assert.Equal([2_000, 2_000], orders.Select(order => order.GraceMs));
        Assert.Equal((ErrorCode.LeaseRevoked, "revoked: needed elsewhere"), (_table.Find(quick.Id).EndCode, _table.Find(quick.Id).Reason));
        Assert.Equal((ErrorCode.LeaseRevoked, LeaseState.Ended), (_table.Find(slow.Id).EndCode, _table.Find(slow.Id).State));
        Assert.Equal(0, Assert.Single(_table.TakeOrders()).GraceMs);
    }

    [Fact]
    public void An_immediate_revocation_ends_a_lease_at_once()
    {
        _table.Join("one", cores: 1);
        LeaseView lease = _table.Ask(cores: 1);

        LeaseView revoked = _table.Revoke(lease.Id, graceMs: 0);

        Assert.Equal((LeaseState.Ended, ErrorCode.LeaseRevoked), (revoked.State, revoked.EndCode));
    }

    [Fact]
    public void What_ended_an_executor_is_what_ended_its_lease()
    {
        NodeId node = _table.Join("one", cores: 1);
        LeaseView lease = _table.Ask(cores: 1);

        _table.Ended(node, lease.Id, ErrorCode.OutOfMemory, "It used 65 of 64 MiB.");

        LeaseView ended = _table.Find(lease.Id);
        Assert.Equal((LeaseState.Ended, ErrorCode.OutOfMemory, "It used 65 of 64 MiB."), (ended.State, ended.EndCode, ended.Reason));
        Assert.Equal(1, _table.Node(node).FreeCores);
    }

    [Fact]
    public void An_executor_that_is_never_ready_ends_its_lease()
    {
        NodeId node = _table.Join("one", cores: 1);
        LeaseView lease = _table.Ask(cores: 1);

        _table.Advance(TimeSpan.FromSeconds(30), node);

        Assert.Equal((LeaseState.Ended, ErrorCode.PeerLost), (_table.Find(lease.Id).State, _table.Find(lease.Id).EndCode));
    }

    [Fact]
    public void A_silent_node_is_suspect_after_three_seconds_and_lost_after_five()
    {
        NodeId node = _table.Join("one", cores: 2);
        LeaseView lease = _table.Ask(cores: 1);

        _table.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("suspect", _table.Node(node).State);
        Assert.Equal(LeaseState.Waiting, _table.Ask(cores: 1).State);
        _table.Advance(TimeSpan.FromMilliseconds(1_750));
        Assert.Equal(LeaseState.Starting, _table.Find(lease.Id).State);
        Assert.Equal((1, 0), (_table.Node(node).LeaseCount, _table.Node(node).EndedLeaseCount));
        _table.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Equal(("lost", 0), (_table.Node(node).State, _table.Node(node).FreeCores));
        Assert.Equal((0, 1), (_table.Node(node).LeaseCount, _table.Node(node).EndedLeaseCount)); // over, but what it had is not free before it would have expired
        Assert.Equal((LeaseState.Ended, ErrorCode.PeerLost), (_table.Find(lease.Id).State, _table.Find(lease.Id).EndCode));
        Assert.False(_table.Report(node));
    }

    [Fact]
    public void A_lost_node_that_returns_ends_what_it_still_serves_before_its_cores_are_free()
    {
        NodeId node = _table.Join("one", cores: 2);
        LeaseView lease = _table.Ask(cores: 2);
        _table.Ready(node, lease.Id);
        _table.Advance(TimeSpan.FromSeconds(5));
        _table.TakeEffects();

        NodeId again = _table.Join("one", 2, Gibibyte, new ServedLease(lease.Id, 1, ["unix:@a"]));
        NodeOrder order = Assert.Single(_table.TakeOrders());
        int freeBefore = _table.Node(node).FreeCores;
        _table.Ended(node, lease.Id, ErrorCode.LeaseEnded);

        Assert.Equal(node, again);
        Assert.Equal((NodeOrderKind.EndLease, lease.Id), (order.Kind, order.Lease));
        Assert.Equal((0, 2), (freeBefore, _table.Node(node).FreeCores));
    }

    [Fact]
    public void A_node_with_a_lease_that_nobody_knows_gets_nothing_until_that_has_ended()
    {
        var stray = new LeaseId(77);
        NodeId node = _table.Join("one", 2, Gibibyte, new ServedLease(stray, 1, []));
        NodeOrder order = Assert.Single(_table.TakeOrders());

        LeaseView waiting = _table.Ask(cores: 1);
        _table.Ended(node, stray);

        Assert.Equal((NodeOrderKind.EndLease, stray, ErrorCode.UnknownLease), (order.Kind, order.Lease, order.Code));
        Assert.Equal(LeaseState.Waiting, waiting.State);
        Assert.Equal(LeaseState.Starting, _table.Find(waiting.Id).State);
    }

    [Fact]
    public void A_node_without_a_stream_of_orders_gets_no_lease()
    {
        NodeId node = _table.Join("one", cores: 1);
        _table.Table.CloseOrders(node, _table.Streams[node], _table.NowMs, _table.Effects);

        LeaseView waiting = _table.Ask(cores: 1);
        _table.Table.OpenOrders(node, _table.NowMs, _table.Effects);

        Assert.Equal($"waits for 1 core: {node} is not connected", waiting.Reason);
        Assert.Equal(LeaseState.Starting, _table.Find(waiting.Id).State);
    }

    [Fact]
    public void The_end_of_an_older_stream_does_not_disconnect_the_newer()
    {
        NodeId node = _table.Join("one", cores: 1);
        long older = _table.Streams[node];
        _table.Table.OpenOrders(node, _table.NowMs, _table.Effects);

        _table.Table.CloseOrders(node, older, _table.NowMs, _table.Effects);

        Assert.Equal(LeaseState.Starting, _table.Ask(cores: 1).State);
    }

    [Fact]
    public void A_new_stream_hears_every_order_that_stands()
    {
        NodeId node = _table.Join("one", cores: 8);
        LeaseView starting = _table.Ask(cores: 1);
        LeaseView active = _table.Ask(cores: 1);
        LeaseView ending = _table.Ask(cores: 1);
        LeaseView ended = _table.Ask(cores: 1);
        _table.Ready(node, active.Id);
        _table.Revoke(ending.Id, graceMs: 5_000);
        _table.Release(ended.Id);
        _table.TakeEffects();

        _table.Table.OpenOrders(node, _table.NowMs, _table.Effects);

        Assert.Equal(
            [
                (NodeOrderKind.StartLease, starting.Id),
                (NodeOrderKind.StartLease, active.Id),
                (NodeOrderKind.RenewLease, active.Id),
                (NodeOrderKind.RenewLease, ending.Id),
                (NodeOrderKind.EndLease, ending.Id),
                (NodeOrderKind.EndLease, ended.Id),
            ],
            _table.TakeOrders().Select(order => (order.Kind, order.Lease)));
    }

    [Fact]
    public void A_draining_node_gets_no_lease_and_is_gone_when_it_hangs_up()
    {
        NodeId node = _table.Join("one", cores: 2);
        _table.Table.Report(node, new NodeReport { IsDraining = true }, _table.NowMs, _table.Effects);

        LeaseView waiting = _table.Ask(cores: 1);
        string draining = _table.Node(node).State;
        _table.Table.CloseOrders(node, _table.Streams[node], _table.NowMs, _table.Effects);

        Assert.Equal((LeaseState.Waiting, "draining", "gone"), (waiting.State, draining, _table.Node(node).State));
        Assert.Equal("gone", _table.Restart().Node(node).State);
    }

    [Fact]
    public void A_node_that_was_gone_and_came_back_is_waited_for_after_a_restart()
    {
        NodeId node = _table.Join("one", cores: 2);
        _table.Table.Report(node, new NodeReport { IsDraining = true }, _table.NowMs, _table.Effects);
        _table.Table.CloseOrders(node, _table.Streams[node], _table.NowMs, _table.Effects);
        _table.Join("one", cores: 2);

        Assert.Equal("suspect", _table.Restart().Node(node).State);
    }

    [Fact]
    public void Another_agent_on_the_same_machine_is_another_node()
    {
        NodeId first = _table.Join("one", cores: 1);
        NodeId second = _table.Join("two", cores: 1);

        Assert.Equal((new NodeId(1), new NodeId(2), new NodeId(1)), (first, second, _table.Join("one", cores: 1)));
    }

    [Fact]
    public void Totals_of_usage_only_grow()
    {
        NodeId node = _table.Join("one", cores: 1);
        LeaseId lease = _table.Ask(cores: 1).Id;
        Use(new LeaseUsage { Lease = lease, AllocatedMs = 900, ComputingMs = 50, InvocationCount = 7 });

        Use(new LeaseUsage { Lease = lease, AllocatedMs = 800, ComputingMs = 60, InvocationCount = 6, PeakMemoryBytes = 3 });

        Assert.Equal(
            new LeaseUsage { Lease = lease, AllocatedMs = 900, ComputingMs = 60, InvocationCount = 7, PeakMemoryBytes = 3 },
            Assert.Single(_table.Table.Usage(_table.NowMs)).Used);

        void Use(LeaseUsage usage) => _table.Table.Report(node, new NodeReport { Usage = [usage] }, _table.NowMs, _table.Effects);
    }

    [Fact]
    public void Usage_is_saved_at_most_each_ten_seconds()
    {
        NodeId node = _table.Join("one", cores: 1);
        LeaseId lease = _table.Ask(cores: 1).Id;
        _table.Ready(node, lease);
        _table.TakeEffects();

        for (int second = 1; second <= 20; second++)
        {
            var usage = new LeaseUsage { Lease = lease, AllocatedMs = second * 1_000 };
            _table.Table.Report(
                node, new NodeReport { AgentClockMs = _table.NowMs, Usage = [usage] }, _table.NowMs, _table.Effects);
            _table.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(
            [10_000, 20_000],
            _table.TakeEffects().OfType<LeaseEffect.SaveLease>().Select(save => save.Lease.Used!.AllocatedMs));
    }

    [Fact]
    public void After_a_restart_a_lease_lives_on_with_its_full_duration_under_a_new_epoch()
    {
        NodeId node = _table.Join("one", cores: 2);
        LeaseView lease = _table.Ask(cores: 2);
        LeaseView waiting = _table.Ask(cores: 1);
        _table.Ready(node, lease.Id);
        _table.Advance(TimeSpan.FromSeconds(40), node);

        LeaseTableDriver next = _table.Restart();
        NodeId again = next.Join("one", 2, Gibibyte, new ServedLease(lease.Id, 1, ["unix:@a"]));

        LeaseView restored = next.Find(lease.Id);
        Assert.Equal((LeaseState.Active, 2u, 60_000), (restored.State, restored.Epoch, restored.RemainingMs));
        Assert.Equal(node, again);
        Assert.Equal(LeaseState.Waiting, next.Find(waiting.Id).State);
        Assert.Equal(0, next.Node(node).FreeCores);
        Assert.Equal(new LeaseId(3), next.Ask(cores: 1).Id);
    }

    [Fact]
    public void After_a_restart_a_lease_whose_node_stays_away_ends()
    {
        _table.Join("one", cores: 2);
        LeaseView lease = _table.Ask(cores: 2);

        LeaseTableDriver next = _table.Restart();
        next.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((LeaseState.Ended, ErrorCode.PeerLost), (next.Find(lease.Id).State, next.Find(lease.Id).EndCode));
    }

    [Fact]
    public void After_a_restart_cores_of_an_ended_lease_that_is_still_served_are_not_free()
    {
        NodeId node = _table.Join("one", cores: 2);
        LeaseView lease = _table.Ask(cores: 2);
        _table.Release(lease.Id);

        LeaseTableDriver next = _table.Restart();
        next.Join("one", 2, Gibibyte, new ServedLease(lease.Id, 1, ["unix:@a"]));
        int freeBefore = next.Node(node).FreeCores;
        next.Ended(node, lease.Id);

        Assert.Equal((0, 2), (freeBefore, next.Node(node).FreeCores));
    }

    [Fact]
    public void A_request_that_could_not_be_saved_never_was()
    {
        NodeId node = _table.Join("one", cores: 2);
        _table.TakeEffects();
        LeaseView lease = _table.Ask(cores: 2);

        IReadOnlySet<LeaseId> undone = _table.Table.StorageFails("the disk is full", _table.Effects);

        Assert.Equal([lease.Id], undone);
        Assert.Equal(ErrorCode.UnknownLease, _table.Table.Find(lease.Id, 0).Error!.Code);
        Assert.Equal(2, _table.Node(node).FreeCores);
        Assert.Equal(new ErrorAnswer(ErrorCode.StorageFailed, "the disk is full"), _table.TryAsk(new LeaseAsk()).Error);
    }

    [Fact]
    public void A_grant_that_could_not_be_saved_waits_again_until_storage_works()
    {
        NodeId node = _table.Join("one", cores: 2);
        LeaseView holder = _table.Ask(cores: 2);
        LeaseView waiting = _table.Ask(cores: 2);
        _table.Release(holder.Id);
        _table.TakeEffects();
        _table.Ended(node, holder.Id);
        Assert.Equal(LeaseState.Starting, _table.Find(waiting.Id).State);

        IReadOnlySet<LeaseId> undone = _table.Table.StorageFails("the disk is full", _table.Effects);
        LeaseView again = _table.Find(waiting.Id);
        _table.Table.StorageWorks(_table.NowMs, _table.Effects);

        Assert.Equal([waiting.Id], undone);
        Assert.Equal((LeaseState.Waiting, "waits for 2 cores: the disk is full"), (again.State, again.Reason));
        Assert.Equal(LeaseState.Starting, _table.Find(waiting.Id).State);
    }

    [Fact]
    public void Durations_are_cut_to_the_limits()
    {
        Assert.Equal(1_000, _table.Ask(cores: 1, durationMs: 1).DurationMs);
        Assert.Equal(3_600_000, _table.Ask(cores: 1, durationMs: long.MaxValue).DurationMs);
    }

    [Theory]
    [InlineData(-1, 0, 1, 4, "cores = -1; it must be 0 to 65536")]
    [InlineData(1, -1, 1, 4, "memoryBytes = -1")]
    [InlineData(1, 0, 0, 4, "durationMs = 0")]
    [InlineData(1, 0, 1, 0, "slotCount = 0; it must be 1 to 64")]
    public void A_request_out_of_range_is_refused_by_the_name_of_the_field(
        int cores, long memoryBytes, long durationMs, int slotCount, string expected)
    {
        ErrorAnswer refusal = _table.TryAsk(new LeaseAsk
        {
            Cores = cores,
            MemoryBytes = memoryBytes,
            DurationMs = durationMs,
            SlotCount = slotCount,
        }).Error!;

        Assert.Equal(ErrorCode.BadRequest, refusal.Code);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clients_name_cannot_command_a_terminal()
    {
        LeaseView lease = _table.TryAsk(new LeaseAsk { Client = "\u001b[2Jme\ud800" }).View!;

        Assert.Equal("?[2Jme?", lease.Client);
    }

    [Fact]
    public void Node_whose_agent_said_its_last_words_is_gone_for_every_manager_to_come()
    {
        NodeId node = _table.Join("one", cores: 1);

        _table.Table.Report(node, new NodeReport { AgentClockMs = LeaseTableDriver.AgentClockOffsetMs, IsLast = true }, 0, _table.Effects);

        Assert.Equal("gone", _table.Node(node).State);
        Assert.Equal("gone", _table.Restart().Node(node).State);
    }

    [Fact]
    public void Only_so_many_ended_leases_are_remembered()
    {
        var table = new LeaseTableDriver(new LeaseOptions { MaxEndedCount = 2 });
        foreach (LeaseView lease in new[] { table.Ask(1), table.Ask(1), table.Ask(1) })
        {
            table.Release(lease.Id);
        }

        Assert.Equal([new LeaseId(2), new LeaseId(3)], table.Table.Leases(0).Select(lease => lease.Id));
        Assert.Equal([new LeaseId(1)], table.TakeEffects().OfType<LeaseEffect.ForgetLease>().Select(forget => forget.Lease));
    }

    [Fact]
    public void Taking_the_cluster_down_ends_who_waits_and_refuses_who_comes()
    {
        NodeId node = _table.Join("one", cores: 1);
        LeaseView held = _table.Ask(cores: 1);
        LeaseView waiting = _table.Ask(cores: 1);
        _table.TakeEffects();

        _table.Table.Leave(_table.NowMs, _table.Effects);

        Assert.Equal([NodeOrderKind.Leave], _table.TakeOrders().Select(order => order.Kind));
        Assert.Equal((ErrorCode.LeaseRevoked, LeaseState.Starting), (_table.Find(waiting.Id).EndCode, _table.Find(held.Id).State));
        Assert.Equal(ErrorCode.ManagerUnreachable, _table.TryAsk(new LeaseAsk()).Error!.Code);
        Assert.False(_table.Table.IsQuiet);
        _table.Ended(node, held.Id);
        _table.Table.CloseOrders(node, _table.Streams[node], _table.NowMs, _table.Effects);
        Assert.True(_table.Table.IsQuiet);
    }

    [Fact]
    public void Taking_the_cluster_down_waits_for_no_node_that_is_lost()
    {
        NodeId node = _table.Join("one", cores: 1);
        LeaseView lease = _table.Ask(cores: 1);
        _table.Ready(node, lease.Id);
        _table.Table.CloseOrders(node, _table.Streams[node], _table.NowMs, _table.Effects); // its agent was killed

        _table.Table.Leave(_table.NowMs, _table.Effects);
        bool isQuietAtOnce = _table.Table.IsQuiet;
        _table.Advance(TimeSpan.FromSeconds(5));

        Assert.False(isQuietAtOnce, "It may have been its connection alone.");
        Assert.Equal("lost", _table.Node(node).State);
        Assert.True(_table.Table.IsQuiet);
    }

    [Fact]
    public void Node_that_comes_back_while_the_cluster_is_taken_down_hears_that_it_is_to_leave()
    {
        NodeId node = _table.Join("one", cores: 1);
        _table.Table.CloseOrders(node, _table.Streams[node], _table.NowMs, _table.Effects);
        _table.Table.Leave(_table.NowMs, _table.Effects);
        _table.TakeEffects();

        _table.Join("one", cores: 1);

        Assert.Equal([NodeOrderKind.Leave], _table.TakeOrders().Select(order => order.Kind));
        Assert.Equal(
            ErrorCode.ManagerUnreachable,
            _table.Table.Join(new NodeJoin { Instance = LeaseTableDriver.InstanceOf("two"), Cores = 1 }, _table.NowMs, _table.Effects).Error!.Code);
    }

    [Fact]
    public void Agent_that_starts_anew_on_a_folder_shows_the_logs_of_the_one_before()
    {
        NodeId first = JoinOnFolder("one", "folder");
        LeaseView lease = _table.Ask(cores: 1);
        _table.Advance(TimeSpan.FromSeconds(5));
        JoinOnFolder("two", "another");
        JoinOnFolder("three", string.Empty);
        ErrorAnswer? before = _table.Table.FindLogKeeper(lease.Id).Error;

        NodeId again = JoinOnFolder("four", "folder");

        Assert.Equal(ErrorCode.PeerLost, before?.Code);
        Assert.Equal((again, null), _table.Table.FindLogKeeper(lease.Id));
        Assert.NotEqual(first, again);
        Assert.Equal("lost", _table.Node(first).State);
    }

    [Fact]
    public void Manager_that_starts_anew_knows_whose_folder_holds_a_log()
    {
        JoinOnFolder("one", "folder");
        LeaseView lease = _table.Ask(cores: 1);
        LeaseTableDriver next = _table.Restart();

        NodeId again = JoinOnFolder("two", "folder", next);

        Assert.Equal((again, null), next.Table.FindLogKeeper(lease.Id));
    }

    [Fact]
    public void A_lease_never_outlives_the_allocation_of_its_node()
    {
        JoinInJob(endsInMs: 40_000);

        LeaseView lease = _table.Ask(cores: 1, durationMs: 30_000);
        Assert.Equal(30_000, lease.RemainingMs);
        _table.Advance(TimeSpan.FromSeconds(20), lease.Node);
        Assert.Equal(20_000, _table.Renew(lease.Id).View!.RemainingMs);
    }

    [Fact]
    public void Nothing_is_begun_on_a_node_whose_allocation_is_about_to_end()
    {
        JoinInJob(endsInMs: 9_000);

        Assert.Equal(LeaseState.Waiting, _table.Ask(cores: 1).State);
    }

    [Fact]
    public void A_node_that_is_sent_away_gets_no_lease_and_hears_it_again_when_it_comes_back()
    {
        NodeId node = JoinInJob(endsInMs: 0);
        HarvestedNode harvested = Assert.Single(_table.Table.DescribeNeeds(HarvestState.None, _table.NowMs).Nodes);
        Assert.Equal((node, "job-7", true), (harvested.Id, harvested.BatchJob, harvested.TakesLeases));
        _table.TakeEffects();

        _table.Table.SendAway(harvested, 500, "nobody needs it", _table.Effects);
        _table.Table.SendAway(harvested, 500, "nobody needs it", _table.Effects);

        NodeOrder order = Assert.Single(_table.TakeEffects().OfType<LeaseEffect.Tell>()).Order;
        Assert.Equal((NodeOrderKind.Leave, 500, "nobody needs it"), (order.Kind, order.GraceMs, order.Why));
        _table.Report(node); // it has not heard yet
        Assert.Equal(LeaseState.Waiting, _table.Ask(cores: 1).State);
        Assert.Equal("draining", _table.Node(node).State);
        _table.Table.OpenOrders(node, _table.NowMs, _table.Effects);
        Assert.Contains(_table.TakeEffects().OfType<LeaseEffect.Tell>(), tell => tell.Order.Kind == NodeOrderKind.Leave);
    }

    [Fact]
    public void What_no_node_holds_waits_for_one_that_may_be_harvested()
    {
        _table.Join("small", cores: 1);
        var ask = new LeaseAsk { Cores = 4 };
        Assert.Equal(ErrorCode.CapacityExhausted, _table.TryAsk(ask).Error!.Code);

        _table.Table.DescribeNeeds(new HarvestState(new NodeShape(4, 8L << 30), MaxNodes: 2, new HashSet<string>(), "pilot 7 waits in Slurm's queue (Priority)"), _table.NowMs);

        LeaseView waiting = _table.TryAsk(ask).View!;
        Assert.Equal(LeaseState.Waiting, waiting.State);
        Assert.EndsWith("; pilot 7 waits in Slurm's queue (Priority)", waiting.Reason, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.CapacityExhausted, _table.TryAsk(ask with { Cores = 5 }).Error!.Code);
    }

    private NodeId JoinInJob(long endsInMs) => _table.Join(new NodeJoin
    {
        Name = "n7",
        Cores = 2,
        BatchJob = "job-7",
        EndsAtAgentMs = endsInMs == 0 ? 0 : LeaseTableDriver.AgentClockOffsetMs + endsInMs,
    });

    private NodeId JoinOnFolder(string instance, string folder, LeaseTableDriver? table = null)
    {
        table ??= _table;
        var join = new NodeJoin { Instance = instance, FolderId = folder, Name = instance, Cores = 1, MemoryBytes = LeaseTableDriver.Gibibyte };
        NodeId node = table.Table.Join(join, table.NowMs, table.Effects).Welcome!.Node;
        table.Streams[node] = table.Table.OpenOrders(node, table.NowMs, table.Effects);
        return node;
    }

    private LeaseAnswer AskMemory(long memoryBytes, params NodeId[] notOn) =>
        _table.TryAsk(new LeaseAsk { Kind = LeaseKind.Memory, Cores = 0, MemoryBytes = memoryBytes, NotOn = notOn });
}
