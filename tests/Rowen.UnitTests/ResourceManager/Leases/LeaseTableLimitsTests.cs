using System.Text;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Limits;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Limits;
using Rowen.ResourceManager.Placement;

namespace Rowen.UnitTests.ResourceManager.Leases;

/// <summary>What the table does about limits, and what the audit log hears.</summary>
public sealed class LeaseTableLimitsTests
{
    private readonly LeaseTableDriver _table = new();
    private readonly NodeId _node;

    public LeaseTableLimitsTests()
    {
        _node = _table.Join("one", cores: 8, memoryBytes: 8 * LeaseTableDriver.Gibibyte);
        Limit("""{ "accounts": { "physics": { "users": ["ada"], "cores": 4 }, "guests": { "users": ["eve"], "isExcluded": true } } }""");
    }

    [Fact]
    public void Lease_beyond_its_limit_waits_says_which_limit_binds_and_keeps_nobody_else_waiting()
    {
        LeaseView first = Ask("ada", 3).View!;
        LeaseView waiting = Ask("ada", 2).View!;

        Assert.Equal(LeaseState.Waiting, waiting.State);
        Assert.Equal(
            "waits for 2 cores: the limit of account physics binds, 4 cores: 3 are held and 2 asked for, 1 too many", _table.Find(waiting.Id).Reason);
        Assert.Equal(LeaseState.Starting, Ask("ben", 4).View!.State);

        _table.Release(first.Id);
        _table.Ended(_node, first.Id);
        Assert.Equal(LeaseState.Starting, _table.Find(waiting.Id).State);
    }

    [Fact]
    public void What_can_never_be_is_refused_and_so_is_what_may_not_wait()
    {
        Assert.Equal(ErrorCode.LimitExceeded, Ask("ada", 5).Error!.Code);
        Assert.Equal(ErrorCode.LimitExceeded, Ask("eve", 1).Error!.Code);
        Assert.Equal(LeaseState.Starting, Ask("ada", 4).View!.State);

        ErrorAnswer busy = _table.TryAsk(new LeaseAsk { User = "ada", MayWait = false }).Error!;
        Assert.Equal(ErrorCode.CapacityExhausted, busy.Code);
        Assert.Contains("the limit of account physics binds, 4 cores: 4 are held and 1 asked for, 1 too many", busy.Message, StringComparison.Ordinal);
        Assert.Equal(4, _table.TakeEffects().OfType<LeaseEffect.Audit>().Count(audit => audit.Entry.Event is AuditEvent.LimitHit or AuditEvent.LeaseGranted));
    }

    [Fact]
    public void Lease_on_all_free_cores_gets_what_the_limit_leaves()
    {
        Ask("ada", 1);

        Assert.Equal(3, Ask("ada", 0).View!.Cores);
    }

    [Fact]
    public void All_free_cores_of_two_nodes_leave_the_second_node_a_part_of_what_the_limit_leaves()
    {
        _table.Join("two", cores: 8, memoryBytes: 8 * LeaseTableDriver.Gibibyte);

        LeaseView first = _table.TryAsk(new LeaseAsk { User = "ada", Cores = 0, Nodes = 2 }).View!;

        Assert.Equal(LeaseState.Starting, first.State);
        Assert.Equal(4, _table.Table.DescribeOwners().Single(owner => owner.Name == "ada").Cores);
    }

    [Fact]
    public void Raised_limit_grants_what_waits_and_a_lowered_one_takes_nothing()
    {
        LeaseView first = Ask("ada", 4).View!;
        LeaseView waiting = Ask("ada", 2).View!;

        Limit("""{ "users": { "ada": { "cores": 6 } } }""");
        Assert.Equal(LeaseState.Starting, _table.Find(waiting.Id).State);

        Limit("""{ "users": { "ada": { "cores": 1 } } }""");
        Assert.Equal(LeaseState.Starting, _table.Find(first.Id).State);
        OwnerView ada = _table.Table.DescribeOwners().Single(owner => owner.Name == "ada");
        Assert.Equal((6, 1), (ada.Cores, ada.MaxCores));
    }

    [Fact]
    public void What_is_held_is_known_after_a_restart()
    {
        Ask("ada", 3);
        LeaseTableDriver next = _table.Restart();

        Assert.Equal(3, next.Table.DescribeOwners().Single(owner => owner.Name == "ada").Cores);
    }

    [Fact]
    public void What_exceeds_a_limit_asks_the_batch_system_for_no_node()
    {
        var table = new LeaseTableDriver();
        Limit("""{ "eachUser": { "cores": 4, "pilots": 2 } }""", table);
        table.Table.DescribeNeeds(new HarvestState(new NodeShape(4, 8L << 30), MaxNodes: 16, new HashSet<string> { "12" }, "harvesting begins"), table.NowMs);
        for (int i = 0; i < 9; i++)
        {
            table.TryAsk(new LeaseAsk { User = "ada", Cores = 1 });
        }

        HarvestNeeds needs = table.Table.DescribeNeeds(new HarvestState(new NodeShape(4, 8L << 30), MaxNodes: 16, new HashSet<string> { "12" }, "harvesting begins"), table.NowMs);
        Assert.Equal(4, needs.Waiting.Count);
        Assert.Equal(2, Assert.Single(needs.Quotas).Left);
    }

    [Fact]
    public void Nodes_that_jobs_lend_are_no_pilots_of_anybody()
    {
        var table = new LeaseTableDriver();
        Limit("""{ "eachUser": { "pilots": 2 } }""", table);
        table.Join(new NodeJoin { Name = "n1", Cores = 1, BatchJob = "12" });
        table.Join(new NodeJoin { Name = "n2", Cores = 1, BatchJob = "13" });
        for (int i = 0; i < 3; i++)
        {
            table.TryAsk(new LeaseAsk { User = "ada", Cores = 1 });
        }

        HarvestNeeds needs = table.Table.DescribeNeeds(new HarvestState(new NodeShape(4, 8L << 30), MaxNodes: 16, new HashSet<string> { "12" }, "harvesting begins"), table.NowMs);
        Assert.Equal(1, Assert.Single(needs.Quotas).Left);
    }

    [Fact]
    public void What_a_lease_could_use_beyond_its_owners_limit_is_not_asked_for()
    {
        var table = new LeaseTableDriver();
        Limit("""{ "users": { "ada": { "cores": 3 } } }""", table);
        var state = new HarvestState(new NodeShape(4, 8L << 30), MaxNodes: 16, new HashSet<string>(), "harvesting begins");
        table.Table.DescribeNeeds(state, table.NowMs);
        table.TryAsk(new LeaseAsk { User = "ada", Cores = 1, UsefulCores = 100 });
        table.TryAsk(new LeaseAsk { User = "bob", Cores = 1, UsefulCores = 100 });

        Assert.Equal([3, 100], table.Table.DescribeNeeds(state, table.NowMs).Waiting.Select(ask => ask.UsefulCores));
    }

    [Fact]
    public void Lease_is_audited_from_its_asking_to_its_end_with_its_owner_and_no_secret()
    {
        _table.TakeEffects();
        LeaseView lease = _table.Table.Request(new LeaseAsk { User = "ada", Cores = 2, Client = "maps on login1" }, "hush", _table.NowMs, _table.Effects).View!;
        _table.Release(lease.Id);

        AuditEntry[] entries = [.. _table.TakeEffects().OfType<LeaseEffect.Audit>().Select(audit => audit.Entry)];
        Assert.Equal([AuditEvent.LeaseAsked, AuditEvent.LeaseGranted, AuditEvent.LeaseEnded], entries.Select(entry => entry.Event));
        Assert.All(entries, entry => Assert.Equal(("ada", "physics", lease.Id), (entry.User, entry.Account, entry.Lease)));
        Assert.Equal("2 cores, for maps on login1", entries[0].What);
        Assert.Equal((ErrorCode.LeaseReleased, "released by its owner"), (entries[2].Code, entries[2].What));
        Assert.DoesNotContain(entries, entry => entry.ToString().Contains("hush", StringComparison.Ordinal));
    }

    private LeaseAnswer Ask(string user, int cores) => _table.TryAsk(new LeaseAsk { User = user, Cores = cores });

    private void Limit(string text, LeaseTableDriver? table = null)
    {
        table ??= _table;
        table.Table.SetLimits(LeaseLimits.Read(Encoding.UTF8.GetBytes(text)).Limits!, table.NowMs, table.Effects);
    }
}
