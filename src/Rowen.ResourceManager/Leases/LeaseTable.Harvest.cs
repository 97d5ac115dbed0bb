using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Leases;

/// <content>What harvesting is told, and what it tells.</content>
internal sealed partial class LeaseTable
{
    private HarvestState _harvest = HarvestState.None;

    /// <summary>What waits for room, and the nodes that batch jobs have brought.</summary>
    public HarvestNeeds DescribeNeeds(HarvestState harvest, long nowMs)
    {
        _harvest = harvest;
        List<(LeaseAsk Ask, int ReadyCount)> waiting = [.. WithinLimits().Select(ask => (ask, CountReady(ask, nowMs)))];
        return new HarvestNeeds(
            [.. waiting.Select(each => each.Ask with { Nodes = Math.Max(1, each.Ask.Nodes - each.ReadyCount) })],
            [.. _nodes.All.Where(node => node.BatchJob.Length > 0 && node.IsKnownToExist)
                .Select(node => new HarvestedNode(
                    node.Id, node.Name, node.BatchJob, node.Shape, node.Holders.Count, node.TakesLeases)
                {
                    IsJoining = node.TakesLeases && node.OrderStream == 0 && node.Holders.Count == 0,
                })],
            IsLeaving)
        {
            Quotas = FindPilotQuotas(),
            GatheredCount = waiting.Select(each => each.ReadyCount).DefaultIfEmpty().Max(),
        };
    }

    /// <summary>Nodes that have room already for a request that waits for several.</summary>
    private int CountReady(LeaseAsk ask, long nowMs) =>
        ask.Nodes == 1 ? 0 : Math.Min(ask.Nodes, _nodes.All.Count(node => LeasePlacement.HasRoom(ask, node, nowMs, nodeOptions)));

    /// <summary>A node is not needed any more: it gets no lease, and drains.</summary>
    public void SendAway(HarvestedNode which, long graceMs, string why, ICollection<LeaseEffect> effects)
    {
        if (_nodes.FindOrNone(which.Id) is not { IsKnownToExist: true, IsSentAway: false } node)
        {
            return;
        }

        node.IsSentAway = true;
        effects.Add(new LeaseEffect.Tell(node.Id, LeaveOrder(graceMs, why)));
        CheckInvariants();
    }

    private NodeOrder LeaveOrder(long graceMs, string why) =>
        new() { Kind = NodeOrderKind.Leave, Epoch = Epoch, GraceMs = graceMs, Why = why };

    private bool MayBeHarvested(LeaseAsk ask) => _harvest.Largest is { } shape && shape.Holds(ask)
        && ask.MinNodes() <= _harvest.MaxNodes + _nodes.All.Count(node => node.BatchJob.Length == 0 && LeasePlacement.CouldEverFit(ask, node));
}
