using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting;

namespace Rowen.ResourceManager.Leases;

/// <content>What harvesting is told, and what it tells.</content>
internal sealed partial class LeaseTable
{
    private HarvestState _harvest = HarvestState.None;

    /// <summary>What waits for room, and the nodes that batch jobs have brought.</summary>
    public HarvestNeeds DescribeNeeds(HarvestState harvest)
    {
        _harvest = harvest;
        return new HarvestNeeds(
            WithinLimits(),
            [.. _nodes.All.Where(node => node.BatchJob.Length > 0 && node.IsKnownToExist)
                .Select(node => new HarvestedNode(
                    node.Id, node.Name, node.BatchJob, node.Shape, node.Holders.Count, node.TakesLeases))],
            IsLeaving)
        {
            Quotas = FindPilotQuotas(),
        };
    }

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

    private bool MayBeHarvested(LeaseAsk ask) => _harvest.Largest is { } shape && shape.Holds(ask);
}
