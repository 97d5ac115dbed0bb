using Rowen.NodeAgent;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.UnitTests.NodeAgent;

public sealed class AgentStateTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly LeaseId First = new(1);
    private static readonly LeaseId Second = new(2);
    private static readonly ExecutorNumber E1 = new(1);
    private static readonly ExecutorNumber E2 = new(2);

    private readonly List<AgentEffect> _effects = [];
    private readonly AgentState _state = new(new AgentOptions { PoolSize = 1 }, "n1", [0, 1, 2, 3], 4 * Gibibyte);
    private readonly AgentState _stateWithoutPool = new(new AgentOptions { PoolSize = 0 }, "n1", [0, 1, 2, 3], 4 * Gibibyte);

    [Fact]
    public void Pool_is_filled_at_the_start()
    {
        _state.Tick(0, _effects);

        Assert.Equal([new AgentEffect.StartExecutor(E1)], TakeEffects());
    }

    [Fact]
    public void Pooled_executor_gets_the_lease_with_the_highest_cores()
    {
        Pool(_state, E1);

        Obey(_state, Start(First, cores: 3), now: 10);

        var assign = Assert.Single(TakeEffects().OfType<AgentEffect.AssignExecutor>());
        Assert.Equal(E1, assign.Executor);
        Assert.Equal([1, 2, 3], assign.Assignment.Cores);
        Assert.Equal(60_000_000_000, assign.Assignment.EndsAtNs);
    }

    [Fact]
    public void Agent_drains_before_its_allocation_ends()
    {
        var state = new AgentState(new AgentOptions { PoolSize = 0, EndsAtMs = 100_000, DrainGraceMs = 2_000 }, "n1", [0], Gibibyte);
        Assert.Equal(97_500, state.NextDueMs());

        state.Tick(97_499, _effects);
        Assert.False(state.IsDraining);
        state.Tick(97_500, _effects);

        Assert.True(state.IsDraining);
        Assert.Contains(new AgentEffect.Leave(), TakeEffects());
    }

    [Fact]
    public void Grace_at_the_end_of_an_allocation_is_not_the_short_one_of_preemption()
    {
        var state = new AgentState(new AgentOptions { PoolSize = 0, EndsAtMs = 100_000, DrainGraceMs = 5 }, "n1", [0, 1, 2, 3], 4 * Gibibyte);
        Serve(state, First, E1, endsAt: 100_000);

        state.Tick(97_500, _effects);

        ExecutorEnding ending = Assert.Single(TakeEffects().OfType<AgentEffect.EndExecutor>()).Ending;
        Assert.Equal((2_000, false), (ending.GraceMs, ending.IsUrgent));
    }

    [Fact]
    public void Agent_with_neither_lease_nor_manager_leaves_and_one_with_either_stays()
    {
        var state = new AgentState(new AgentOptions { PoolSize = 0, OrphanBoundMs = 60_000 }, "n1", [0, 1, 2, 3], 4 * Gibibyte);
        state.Tick(0, _effects);
        state.HearManager(50_000);
        state.Tick(100_000, _effects);
        Obey(state, Start(First, cores: 1) with { EndsAtAgentMs = 500_000 }, now: 100_000);
        state.Tick(300_000, _effects);
        Assert.False(state.IsDraining);

        Obey(state, new NodeOrder { Kind = NodeOrderKind.EndLease, Epoch = 1, Lease = First }, now: 300_000);
        state.Tick(359_999, _effects);
        Assert.False(state.IsDraining);
        state.Tick(360_000, _effects);

        Assert.True(state.IsDraining);
    }

    [Fact]
    public void Lease_on_memory_gets_a_pooled_executor_and_no_core()
    {
        Pool(_state, E1);
        Obey(_state, Start(First, cores: 4), now: 10);
        TakeEffects();
        _state.OnPooled(new ExecutorNumber(2), ["unix:@e1"], _effects);

        Obey(_state, Start(Second, cores: 0) with { LeaseKind = LeaseKind.Memory }, now: 30);

        AgentEffect.StartExecutor start = Assert.Single(TakeEffects().OfType<AgentEffect.StartExecutor>());
        _state.OnPooled(start.Executor, ["unix:@e1"], _effects);
        ExecutorAssignment assignment = Assert.Single(TakeEffects().OfType<AgentEffect.AssignExecutor>()).Assignment;
        Assert.Equal((LeaseKind.Memory, Gibibyte / 4), (assignment.Kind, assignment.MemoryBytes));
        Assert.Empty(assignment.Cores);
    }

    [Fact]
    public void Lease_on_cores_without_cores_is_refused()
    {
        Obey(_state, Start(First, cores: 0), now: 10);

        Assert.Equal(ErrorCode.BadRequest, Assert.Single(EndsOf(_state)).Code);
    }

    [Fact]
    public void Without_a_pool_a_lease_waits_for_its_own_process()
    {
        Obey(_stateWithoutPool, Start(First), now: 0);
        Assert.Equal([new AgentEffect.StartExecutor(E1)], TakeEffects());

        _stateWithoutPool.OnPooled(E1, ["unix:@e1"], _effects);

        Assert.Single(TakeEffects().OfType<AgentEffect.AssignExecutor>());
    }

    [Fact]
    public void Pool_is_refilled_half_a_second_after_an_assignment()
    {
        Pool(_state, E1);
        Obey(_state, Start(First), now: 10);
        TakeEffects();

        _state.Tick(509, _effects);
        Assert.Empty(TakeEffects());
        Assert.Equal(510, _state.NextDueMs());
        _state.Tick(510, _effects);

        Assert.Equal([new AgentEffect.StartExecutor(E2)], TakeEffects());
    }

    [Fact]
    public void Pool_is_refilled_two_seconds_after_an_assignment_that_took_the_last_free_core()
    {
        Pool(_state, E1);
        Obey(_state, Start(First, cores: 4), now: 10);
        TakeEffects();

        _state.Tick(2_009, _effects);
        Assert.Empty(TakeEffects());
        Assert.Equal(2_010, _state.NextDueMs());
        _state.Tick(2_010, _effects);

        Assert.Equal([new AgentEffect.StartExecutor(E2)], TakeEffects());
    }

    [Fact]
    public void Pool_is_refilled_as_soon_as_a_core_of_a_full_node_is_free()
    {
        Pool(_state, E1);
        Obey(_state, Start(First, cores: 4), now: 10);
        TakeEffects();

        _state.OnEnded(E1, Crash(), 700, _effects);
        TakeEffects();
        Assert.Equal(510, _state.NextDueMs());
        _state.Tick(700, _effects);

        Assert.Equal([new AgentEffect.StartExecutor(E2)], TakeEffects());
    }

    [Fact]
    public void Lease_is_reported_ready_where_its_executor_listens()
    {
        Serve(_state, First, E1);

        NodeReport report = _state.DescribeNews(20, [], out _);

        NodeEvent ready = Assert.Single(report.Events);
        Assert.False(ready.HasEnded);
        Assert.Equal(["unix:@e1"], ready.Addresses);
    }

    [Fact]
    public void Event_is_reported_until_a_report_with_it_was_answered()
    {
        Serve(_state, First, E1);
        _state.DescribeNews(20, [], out long mark);
        Assert.Single(_state.DescribeNews(21, [], out _).Events);

        _state.ReportAnswered(mark);

        Assert.Empty(_state.DescribeNews(22, [], out _).Events);
    }

    [Fact]
    public void Repeated_start_order_starts_nothing_and_tells_again_where_the_executor_listens()
    {
        Serve(_state, First, E1);
        Forget(_state);

        Obey(_state, Start(First, endsAt: 90_000), now: 30);

        Assert.Equal(
            [new AgentEffect.RenewExecutor(E1, new ExecutorRenewal(90_000_000_000)), new AgentEffect.ReportNow()], TakeEffects());
        Assert.Equal(["unix:@e1"], Assert.Single(_state.DescribeNews(30, [], out _).Events).Addresses);
    }

    [Fact]
    public void Repeated_start_order_for_an_ended_lease_gets_its_end_again()
    {
        Serve(_state, First, E1);
        _state.OnEnded(E1, Crash(), 100, _effects);
        Forget(_state);

        Obey(_state, Start(First), now: 110);

        NodeEvent end = Assert.Single(_state.DescribeNews(110, [], out _).Events);
        Assert.Equal((true, ErrorCode.ExecutorCrashed, "crash"), (end.HasEnded, end.Code, end.Why));
        Assert.Equal([new AgentEffect.ReportNow()], TakeEffects());
    }

    [Fact]
    public void Order_of_a_replaced_manager_is_refused()
    {
        Obey(_state, new NodeOrder { Kind = NodeOrderKind.Heartbeat, Epoch = 2 }, now: 0);

        Assert.False(_state.TryObey(Start(First), 1, _effects));
        Assert.False(_state.TryWelcome(new NodeWelcome(new NodeId(9), 1)));
        Assert.Empty(TakeEffects());
    }

    [Fact]
    public void Lease_ends_by_itself_when_it_was_not_renewed()
    {
        Serve(_state, First, E1, endsAt: 5_000);

        _state.Tick(4_999, _effects);
        Assert.DoesNotContain(TakeEffects(), effect => effect is AgentEffect.EndExecutor);
        _state.Tick(5_000, _effects);

        var end = Assert.Single(TakeEffects().OfType<AgentEffect.EndExecutor>());
        Assert.Equal((E1, 0, ErrorCode.LeaseExpired), (end.Executor, end.Ending.GraceMs, end.Ending.Code));
    }

    [Fact]
    public void Renewal_moves_the_end_and_never_back()
    {
        Serve(_state, First, E1, endsAt: 5_000);

        Obey(_state, Renew(First, 9_000), now: 100);
        Obey(_state, Renew(First, 7_000), now: 101);

        Assert.Equal([new AgentEffect.RenewExecutor(E1, new ExecutorRenewal(9_000_000_000))], TakeEffects());
        _state.Tick(8_999, _effects);
        Assert.DoesNotContain(TakeEffects(), effect => effect is AgentEffect.EndExecutor);
    }

    [Fact]
    public void Idle_agent_has_nothing_due()
    {
        Pool(_state, E1);

        Assert.Equal(long.MaxValue, _state.NextDueMs());
    }

    [Fact]
    public void Serving_agent_has_the_end_of_its_lease_due()
    {
        Serve(_stateWithoutPool, First, E1, endsAt: 40_000);

        Assert.Equal(40_000, _stateWithoutPool.NextDueMs());
    }

    [Fact]
    public void Executor_that_does_not_end_in_time_is_killed_once()
    {
        Serve(_stateWithoutPool, First, E1);
        Obey(_stateWithoutPool, End(First, graceMs: 1_000), now: 100);
        TakeEffects();

        _stateWithoutPool.Tick(1_599, _effects);
        Assert.Empty(TakeEffects());
        _stateWithoutPool.Tick(1_600, _effects);
        _stateWithoutPool.Tick(1_700, _effects);

        Assert.Equal([new AgentEffect.KillExecutor(E1, ErrorCode.LeaseRevoked, "needed")], TakeEffects());
    }

    [Fact]
    public void Second_order_to_end_may_shorten_the_grace_and_keeps_the_first_reason()
    {
        Serve(_stateWithoutPool, First, E1);
        Obey(_stateWithoutPool, End(First, graceMs: 10_000), now: 100);
        TakeEffects();

        Obey(_stateWithoutPool, End(First, graceMs: 0) with { Code = ErrorCode.LeaseReleased, Why = "released" }, now: 200);
        _stateWithoutPool.OnEnded(E1, Crash(), 300, _effects);

        Assert.Equal(ErrorCode.LeaseRevoked, Assert.Single(EndsOf(_stateWithoutPool)).Code);
        Assert.Contains(TakeEffects(), effect => effect is AgentEffect.EndExecutor { Ending.GraceMs: 0 });
    }

    [Fact]
    public void Grace_does_not_outlive_the_lease()
    {
        Serve(_stateWithoutPool, First, E1, endsAt: 5_000);

        Obey(_stateWithoutPool, End(First, graceMs: 60_000), now: 4_000);

        Assert.Equal(1_000, Assert.Single(TakeEffects().OfType<AgentEffect.EndExecutor>()).Ending.GraceMs);
    }

    [Fact]
    public void Death_of_an_executor_ends_its_lease_with_the_final_meters()
    {
        Serve(_state, First, E1);
        Forget(_state);
        var usage = new LeaseUsage { Lease = First, ComputingMs = 7 };

        _state.OnEnded(E1, new ExecutorEnd(ErrorCode.OutOfMemory, "too much", usage), 100, _effects);

        NodeReport report = _state.DescribeNews(100, [], out _);
        NodeEvent end = Assert.Single(report.Events);
        Assert.Equal((First, true, ErrorCode.OutOfMemory, "too much"), (end.Lease, end.HasEnded, end.Code, end.Why));
        Assert.Equal([usage], report.Usage);
    }

    [Fact]
    public void Executor_that_nobody_used_goes_back_to_the_pool_and_takes_the_next_lease()
    {
        Serve(_state, First, E1);
        Obey(_state, End(First, graceMs: 0), now: 40);
        TakeEffects();
        var usage = new LeaseUsage { Lease = First, AllocatedMs = 7 };

        _state.OnReturned(E1, usage, _effects);

        Assert.Equal(First, Assert.Single(EndsOf(_state)).Lease);
        Assert.Equal([usage], _state.DescribeNews(100, [], out _).Usage);
        TakeEffects();
        Obey(_state, Start(Second), now: 50);
        AgentEffect.AssignExecutor assign = Assert.Single(TakeEffects().OfType<AgentEffect.AssignExecutor>());
        Assert.Equal((E1, Second), (assign.Executor, assign.Assignment.Lease));
    }

    [Fact]
    public void Executor_that_nobody_used_is_killed_if_the_pool_is_full()
    {
        Serve(_stateWithoutPool, First, E1);
        Obey(_stateWithoutPool, End(First, graceMs: 0), now: 40);
        TakeEffects();

        _stateWithoutPool.OnReturned(E1, usage: null, _effects);

        Assert.Contains(TakeEffects(), effect => effect is AgentEffect.KillExecutor { Executor: var killed } && killed == E1);
        Assert.Equal(First, Assert.Single(EndsOf(_stateWithoutPool)).Lease);
    }

    [Fact]
    public void Executor_that_was_killed_does_not_come_back()
    {
        Serve(_state, First, E1);
        Obey(_state, End(First, graceMs: 0), now: 40);
        _state.Tick(60_000, _effects);
        Assert.Contains(TakeEffects(), effect => effect is AgentEffect.KillExecutor);

        _state.OnReturned(E1, usage: null, _effects);

        Assert.Empty(EndsOf(_state)); // it has not ended before the kernel says so
    }

    [Fact]
    public void Cores_of_an_ended_lease_are_given_again()
    {
        Serve(_stateWithoutPool, First, E1, cores: 4);
        Obey(_stateWithoutPool, Start(Second), now: 50);
        Assert.Equal(ErrorCode.CapacityExhausted, Assert.Single(EndsOf(_stateWithoutPool)).Code);

        _stateWithoutPool.OnEnded(E1, Crash(), 100, _effects);
        TakeEffects();
        Obey(_stateWithoutPool, Start(new LeaseId(3), cores: 4), now: 110);

        Assert.Equal([new AgentEffect.StartExecutor(E2)], TakeEffects());
    }

    [Fact]
    public void Memory_is_not_promised_twice()
    {
        Obey(_stateWithoutPool, Start(First) with { MemoryBytes = 3 * Gibibyte }, now: 0);

        Obey(_stateWithoutPool, Start(Second) with { MemoryBytes = 2 * Gibibyte }, now: 1);

        NodeEvent refusal = Assert.Single(EndsOf(_stateWithoutPool));
        Assert.Equal((Second, ErrorCode.CapacityExhausted), (refusal.Lease, refusal.Code));
        Assert.Contains("1024 MiB of free memory, not 1 and 2048 MiB", refusal.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Lease_gets_a_second_process_if_the_first_died_before_it_knew()
    {
        Obey(_stateWithoutPool, Start(First), now: 0);
        _stateWithoutPool.OnEnded(E1, Crash(), 10, _effects);
        Assert.Equal([new AgentEffect.StartExecutor(E1), new AgentEffect.StartExecutor(E2)], TakeEffects());

        _stateWithoutPool.OnEnded(E2, Crash(), 20, _effects);

        Assert.Equal(ErrorCode.ExecutorCrashed, Assert.Single(EndsOf(_stateWithoutPool)).Code);
    }

    [Fact]
    public void Executor_that_never_reports_is_killed_after_twenty_seconds()
    {
        Obey(_stateWithoutPool, Start(First), now: 0);
        TakeEffects();

        _stateWithoutPool.Tick(19_999, _effects);
        Assert.Empty(TakeEffects());
        _stateWithoutPool.Tick(20_000, _effects);

        Assert.IsType<AgentEffect.KillExecutor>(Assert.Single(TakeEffects()));
    }

    [Fact]
    public void Pool_whose_processes_die_at_once_is_filled_ever_more_slowly()
    {
        List<long> starts = [];
        for (long now = 0; now < 600_000; now += 100)
        {
            _state.Tick(now, _effects);
            foreach (AgentEffect.StartExecutor start in TakeEffects().OfType<AgentEffect.StartExecutor>())
            {
                starts.Add(now);
                _state.OnEnded(start.Executor, Crash(), now, _effects);
            }
        }

        Assert.Equal([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000, 243_000, 303_000, 363_000, 423_000, 483_000, 543_000], starts);
    }

    [Fact]
    public void Draining_agent_refuses_ends_and_leaves()
    {
        Serve(_state, First, E1);
        Forget(_state);

        _state.Drain(2_000, "its agent was asked to end", 100, _effects);
        Assert.Contains(TakeEffects(), effect => effect is AgentEffect.EndExecutor { Ending: { GraceMs: 2_000, Code: ErrorCode.LeaseRevoked } });
        Obey(_state, Start(Second), now: 110);
        Assert.Equal(ErrorCode.LeaseRevoked, Assert.Single(EndsOf(_state)).Code);
        Assert.DoesNotContain(TakeEffects(), effect => effect is AgentEffect.Leave);
        _state.OnEnded(E1, Crash(), 500, _effects);

        Assert.Contains(new AgentEffect.Leave(), TakeEffects());
        Assert.True(_state.DescribeNews(500, [], out _).IsDraining);
    }

    [Fact]
    public void Drain_is_over_within_its_grace_and_a_margin_whatever_hangs()
    {
        Serve(_state, First, E1);
        _state.Drain(2_000, "its agent was asked to end", 100, _effects);
        _state.Tick(3_000, _effects); // kills the executor, whose end is never told

        Assert.Equal(100 + 2_000 + 500 + AgentState.DrainMarginMs, _state.DrainsUntilMs);
        Assert.Equal(_state.DrainsUntilMs, _state.NextDueMs());
        _state.Drain(60_000, "asked once more", 200, _effects);
        Assert.Equal(100 + 2_000 + 500 + AgentState.DrainMarginMs, _state.DrainsUntilMs);
    }

    [Fact]
    public void Executor_that_ends_at_leisure_is_told_once_that_somebody_waits_for_the_node()
    {
        Serve(_state, First, E1);
        _state.Drain(2_000, "its allocation ends", 100, _effects);
        Assert.False(Assert.Single(TakeEffects().OfType<AgentEffect.EndExecutor>()).Ending.IsUrgent);

        _state.Drain(2_000, "its agent was asked to end", 200, _effects, isUrgent: true);
        _state.Drain(2_000, "its agent was asked to end", 300, _effects, isUrgent: true);

        Assert.True(Assert.Single(TakeEffects().OfType<AgentEffect.EndExecutor>()).Ending.IsUrgent);
    }

    [Fact]
    public void Idle_agent_that_drains_kills_its_pool_and_leaves()
    {
        Pool(_state, E1);

        _state.Drain(2_000, "its agent was asked to end", 100, _effects);
        Assert.Contains(TakeEffects(), effect => effect is AgentEffect.KillExecutor { Executor: var killed } && killed == E1);
        _state.OnEnded(E1, Crash(), 150, _effects);

        Assert.Equal([new AgentEffect.Leave()], TakeEffects());
    }

    [Fact]
    public void Lease_that_is_unknown_here_is_reported_as_lost()
    {
        Obey(_state, Renew(First, 9_000), now: 0);

        NodeEvent end = Assert.Single(EndsOf(_state));
        Assert.Equal((First, ErrorCode.PeerLost), (end.Lease, end.Code));
    }

    [Fact]
    public void Order_without_cores_memory_or_secret_is_refused_with_words()
    {
        Obey(_state, Start(First) with { Cores = 0 }, now: 0);
        Obey(_state, Start(Second) with { Secret = null }, now: 0);

        Assert.All(EndsOf(_state), end => Assert.Equal(ErrorCode.BadRequest, end.Code));
    }

    private static NodeOrder Start(LeaseId lease, int cores = 1, long endsAt = 60_000) => new()
    {
        Kind = NodeOrderKind.StartLease,
        Epoch = 1,
        Lease = lease,
        Cores = cores,
        MemoryBytes = Gibibyte / 4,
        EndsAtAgentMs = endsAt,
        SlotCount = 4,
        SlotBytes = 1024,
        Secret = "secret",
    };

    private static NodeOrder Renew(LeaseId lease, long endsAt) =>
        new() { Kind = NodeOrderKind.RenewLease, Epoch = 1, Lease = lease, EndsAtAgentMs = endsAt };

    private static NodeOrder End(LeaseId lease, long graceMs) => new()
    {
        Kind = NodeOrderKind.EndLease,
        Epoch = 1,
        Lease = lease,
        GraceMs = graceMs,
        Code = ErrorCode.LeaseRevoked,
        Why = "needed",
    };

    private static ExecutorEnd Crash() => new(ErrorCode.ExecutorCrashed, "crash", null);

    private void Pool(AgentState state, ExecutorNumber executor)
    {
        state.Tick(0, _effects);
        state.OnPooled(executor, ["unix:@e1"], _effects);
        TakeEffects();
    }

    private void Serve(AgentState state, LeaseId lease, ExecutorNumber executor, int cores = 1, long endsAt = 60_000)
    {
        Obey(state, Start(lease, cores, endsAt), now: 0);
        state.OnPooled(executor, ["unix:@e1"], _effects);
        TakeEffects();
    }

    private void Obey(AgentState state, NodeOrder order, long now) => Assert.True(state.TryObey(order, now, _effects));

    private void Forget(AgentState state)
    {
        state.DescribeNews(0, [], out long mark);
        state.ReportAnswered(mark);
        TakeEffects();
    }

    private static IEnumerable<NodeEvent> EndsOf(AgentState state) =>
        state.DescribeNews(0, [], out _).Events.Where(item => item.HasEnded);

    private AgentEffect[] TakeEffects()
    {
        AgentEffect[] effects = [.. _effects.Where(effect => effect is not AgentEffect.LeaseEnded)];
        _effects.Clear();
        return effects;
    }
}
