using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Limits;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>Decides how many pilots to ask for, and which nodes to give back, from what is needed at this moment.</summary>
/// <remarks>A plain class: calls in, actions out, time as an argument. What waits now is asked for now; nothing is foreseen but <see cref="HarvestSettings.HeadStart"/>.</remarks>
internal sealed class HarvestPlan(HarvestSettings settings)
{
    private readonly Dictionary<NodeId, long> _idleSince = [];
    private long? _excessSinceMs;

    /// <summary>The nodes of the batch system, as last seen.</summary>
    public IReadOnlyList<BatchNode> BatchNodes { get; set; } = [];

    /// <summary>Whether an administrator wants nothing harvested.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Pilots that should come, beyond those that do.</summary>
    public int LackingCount { get; private set; }

    /// <summary>The largest node that a pilot may bring; null: none is known.</summary>
    public NodeShape? Largest => PilotShapeOrNone(BatchNodes);

    /// <summary>Decides.</summary>
    /// <param name="needs">What waits, and which nodes are here.</param>
    /// <param name="pilots">Our pilots.</param>
    /// <param name="nowMs">The clock.</param>
    public HarvestActions Decide(HarvestNeeds needs, PilotTable pilots, long nowMs)
    {
        IReadOnlyList<Pilot> coming = pilots.Coming;
        if (IsFrozen || needs.IsLeaving)
        {
            LackingCount = 0;
            return new HarvestActions(0, [.. coming.Select(pilot => pilot.Id)], [.. needs.Nodes.Where(node => node.TakesLeases)]);
        }

        List<HarvestedNode> idle = FindIdle(needs, nowMs);
        int wanted = Math.Max(0, CountNodes(needs) - needs.Nodes.Count(node => node.IsJoining)) + Math.Max(0, settings.HeadStart - idle.Count);
        LackingCount = Math.Clamp(wanted - coming.Count, 0, Math.Max(0, settings.MaxNodes - coming.Count - needs.Nodes.Count));
        int pending = coming.Count(pilot => pilot.Job.Phase == PilotPhase.Pending);
        return new HarvestActions(
            Math.Clamp(settings.MaxPending - pending, 0, LackingCount),
            [.. FindExcess(coming, wanted, nowMs).Union(FindWaking(coming))],
            [.. idle.Where(node => nowMs - _idleSince[node.Id] >= settings.IdleTimeout.TotalMilliseconds).Skip(Math.Max(settings.HeadStart, needs.GatheredCount))]);
    }

    private List<HarvestedNode> FindIdle(HarvestNeeds needs, long nowMs)
    {
        List<HarvestedNode> idle = [.. needs.Nodes.Where(node => node.TakesLeases && node.LeaseCount == 0)];
        var ids = idle.Select(node => node.Id).ToHashSet();
        foreach (NodeId busy in _idleSince.Keys.Where(id => !ids.Contains(id)).ToArray())
        {
            _idleSince.Remove(busy);
        }

        foreach (NodeId id in ids)
        {
            _idleSince.TryAdd(id, nowMs);
        }

        return idle;
    }

    /// <summary>Pilots that wait and that nobody has needed for as long as a node may lie idle: the youngest first.</summary>
    private string[] FindExcess(IReadOnlyList<Pilot> coming, int wanted, long nowMs)
    {
        string[] pending = [.. coming.Where(pilot => pilot.Job.Phase == PilotPhase.Pending).OrderByDescending(pilot => pilot.SubmittedAtMs).Select(pilot => pilot.Id)];
        int excess = Math.Min(coming.Count - wanted, pending.Length);
        if (excess <= 0)
        {
            _excessSinceMs = null;
            return [];
        }

        _excessSinceMs ??= nowMs;
        return nowMs - _excessSinceMs >= settings.IdleTimeout.TotalMilliseconds ? pending[..excess] : [];
    }

    /// <summary>Pilots that wait, and could begin on a node that has fallen asleep since: another, which may not, takes their place.</summary>
    private IEnumerable<string> FindWaking(IReadOnlyList<Pilot> coming) => coming
        .Where(pilot => pilot.Job.Phase == PilotPhase.Pending && BatchNodes.Any(node => node.IsAsleep && !pilot.Excluded.Contains(node.Name)))
        .Select(pilot => pilot.Id);

    /// <summary>How many more nodes what waits would fill.</summary>
    private int CountNodes(HarvestNeeds needs)
    {
        if (needs.Waiting.Count == 0 || ShapeOrNone(needs) is not { } shape)
        {
            return 0;
        }

        var rooms = new List<NodeShape>();
        Dictionary<PilotQuota, int> opened = needs.Quotas.ToDictionary(quota => quota, _ => 0);
        foreach (LeaseAsk ask in needs.Waiting.Where(shape.Holds))
        {
            (int cores, long memory) = ask.Kind == LeaseKind.Memory ? (0, ask.MemoryBytes)
                : ask.Cores == 0 ? (shape.Cores, shape.MemoryBytes)
                : (ask.Cores, ask.MemoryBytes == 0 ? shape.MemoryOf(ask.Cores) : ask.MemoryBytes);
            PilotQuota[] quotas = [.. needs.Quotas.Where(quota => quota.Users.Contains(ask.User))];
            // Whoever names more wants more: bounded, since it is a client's word.
            int likes = Math.Clamp(cores == 0 ? 1 : ask.UsefulCores / cores, 1, settings.MaxNodes * shape.Cores);
            while (likes > 0 && TryFill(rooms, shape, new NodeShape(cores, memory), ask.Nodes, () => TryOpen(quotas, opened)))
            {
                likes--;
            }
        }

        return rooms.Count;
    }

    /// <summary>One more pilot, if the limits of its owner leave one.</summary>
    private static bool TryOpen(PilotQuota[] quotas, Dictionary<PilotQuota, int> opened)
    {
        if (quotas.Any(quota => opened[quota] >= quota.Left))
        {
            return false;
        }

        Array.ForEach(quotas, quota => opened[quota]++);
        return true;
    }

    /// <summary>Takes room on as many nodes as are asked for, on each once, and on new ones where there is none.</summary>
    /// <returns>False if there was not room for all.</returns>
    private bool TryFill(List<NodeShape> rooms, NodeShape whole, NodeShape part, int count, Func<bool> tryOpen)
    {
        for (int room = 0; count > 0; room++)
        {
            if (room == rooms.Count)
            {
                if (room == settings.MaxNodes || !tryOpen())
                {
                    return false;
                }

                rooms.Add(whole);
            }

            if (rooms[room].Cores >= part.Cores && rooms[room].MemoryBytes >= part.MemoryBytes)
            {
                rooms[room] = new NodeShape(rooms[room].Cores - part.Cores, rooms[room].MemoryBytes - part.MemoryBytes);
                count--;
            }
        }

        return true;
    }

    /// <summary>What a pilot will bring: as those that are here, or, before there are any, as the batch system says.</summary>
    private NodeShape? ShapeOrNone(HarvestNeeds needs) =>
        NodeShape.LargestOrNone(needs.Nodes.Select(node => node.Shape)) ?? PilotShapeOrNone(BatchNodes.Where(node => !node.IsAsleep));

    private NodeShape? PilotShapeOrNone(IEnumerable<BatchNode> nodes) => NodeShape.LargestOrNone(nodes.Select(node => node.Shape)) is { } largest
        ? new NodeShape(settings.PilotCores ?? largest.Cores, settings.PilotMemoryBytes ?? largest.MemoryBytes)
        : null;
}
