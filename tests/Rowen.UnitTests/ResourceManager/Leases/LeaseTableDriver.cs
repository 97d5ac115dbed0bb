using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.UnitTests.ResourceManager.Leases;

/// <summary>A lease table with a clock that the test moves, so that tests read as stories.</summary>
internal sealed class LeaseTableDriver
{
    public const long Gibibyte = 1L << 30;

    /// <summary>Agents' clocks are this far ahead of the manager's.</summary>
    public const long AgentClockOffsetMs = 1_000_000;

    public LeaseTableDriver(
        LeaseOptions? leases = null, QueueOptions? queue = null, NodeOptions? nodes = null, uint epoch = 1) =>
        Table = new LeaseTable(leases ?? new LeaseOptions(), queue ?? new QueueOptions(), nodes ?? new NodeOptions(), epoch);

    public LeaseTable Table { get; }

    public List<LeaseEffect> Effects { get; } = [];

    public long NowMs { get; private set; }

    public Dictionary<NodeId, long> Streams { get; } = [];

    public static string InstanceOf(string name) => name.PadRight(32, '0');

    public NodeId Join(string name, int cores, long memoryBytes = Gibibyte, params ServedLease[] serving) =>
        Join(new NodeJoin { Name = name, Cores = cores, MemoryBytes = memoryBytes, Serving = serving });

    public NodeId JoinUntil(string name, int cores, long endsInMs) =>
        Join(new NodeJoin { Name = name, Cores = cores, EndsAtAgentMs = NowMs + AgentClockOffsetMs + endsInMs });

    /// <summary>An agent joins as it says, and hears orders; the rest is filled in.</summary>
    public NodeId Join(NodeJoin join)
    {
        NodeJoin whole = join with
        {
            Instance = InstanceOf(join.Name),
            MemoryBytes = join.MemoryBytes == 0 ? Gibibyte : join.MemoryBytes,
            AgentClockMs = NowMs + AgentClockOffsetMs,
        };
        NodeId node = Table.Join(whole, NowMs, Effects).Welcome!.Node;
        Streams[node] = Table.OpenOrders(node, NowMs, Effects);
        return node;
    }

    public LeaseAnswer TryAsk(LeaseAsk ask) => Table.Request(ask, "secret", NowMs, Effects);

    public LeaseView Ask(int cores, long memoryBytes = 0, long durationMs = 60_000) =>
        TryAsk(new LeaseAsk { Cores = cores, MemoryBytes = memoryBytes, DurationMs = durationMs }).View!;

    public LeaseView Find(LeaseId lease) => Table.Find(lease, NowMs).View!;

    public LeaseView Release(LeaseId lease) => Table.Release(lease, NowMs, Effects).View!;

    public LeaseAnswer Renew(LeaseId lease) => Table.Renew(lease, NowMs, Effects);

    public LeaseView Revoke(LeaseId lease, long graceMs) =>
        Table.Revoke(lease, new RevokeAsk(graceMs, "needed elsewhere"), NowMs, Effects).View!;

    public bool Report(NodeId node, params NodeEvent[] events) => Table.Report(
        node, new NodeReport { AgentClockMs = NowMs + AgentClockOffsetMs, Events = events }, NowMs, Effects);

    public bool Ready(NodeId node, LeaseId lease) => Report(node, new NodeEvent { Lease = lease, Addresses = ["unix:@a"] });

    public bool Ended(NodeId node, LeaseId lease, ErrorCode code = ErrorCode.None, string why = "") =>
        Report(node, new NodeEvent { Lease = lease, HasEnded = true, Code = code, Why = why });

    public NodeView Node(NodeId node) => Table.Nodes(NowMs).Single(view => view.Id == node);

    /// <summary>Moves the clock a quarter of a second at a time, as the loop does, while these nodes report.</summary>
    public void Advance(TimeSpan duration, params NodeId[] reporting)
    {
        long end = NowMs + (long)duration.TotalMilliseconds;
        while (NowMs < end)
        {
            NowMs = Math.Min(end, NowMs + 250);
            foreach (NodeId node in reporting)
            {
                Report(node);
            }

            Table.Advance(NowMs, Effects);
        }
    }

    public List<LeaseEffect> TakeEffects()
    {
        List<LeaseEffect> taken = [.. Effects];
        Effects.Clear();
        Table.StorageWorks(NowMs, Effects);
        return taken;
    }

    public NodeOrder[] TakeOrders() => [.. TakeEffects().OfType<LeaseEffect.Tell>().Select(tell => tell.Order)];

    /// <summary>A manager that starts with what this one has saved; time goes on from zero.</summary>
    public LeaseTableDriver Restart(LeaseOptions? leases = null)
    {
        var next = new LeaseTableDriver(leases, epoch: Table.Epoch + 1);
        next.Table.RestoreNumbers(Table.LastLeaseId, Table.LastNodeId);
        foreach (NodeRecord node in Effects.OfType<LeaseEffect.SaveNode>().GroupBy(save => save.Node.Id).Select(saves => saves.Last().Node))
        {
            next.Table.Restore(node, 0);
        }

        foreach (LeaseRecord lease in Effects.OfType<LeaseEffect.SaveLease>().GroupBy(save => save.Lease.Id)
            .Select(saves => saves.Last().Lease).OrderBy(lease => lease.Id.Value))
        {
            next.Table.Restore(lease, 0);
        }

        next.Table.FinishRestoring(0, next.Effects);
        return next;
    }
}
