using System.Globalization;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Nodes;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Leases;

/// <summary>Says in a sentence what a waiting lease waits for.</summary>
internal static class WaitingReason
{
    /// <summary>More would fill the screen and say no more.</summary>
    private const int MaxNodesNamed = 3;

    private const int MaxLeasesNamed = 4;

    public static string Of(
        Lease lease, IReadOnlyList<Lease> queue, IReadOnlyCollection<Node> nodes, long nowMs, NodeOptions options, string harvest = "")
    {
        string said = OfNodes(lease, queue, nodes, nowMs, options, isHarvesting: harvest.Length > 0);
        return harvest.Length == 0 ? said : $"{said}; {harvest}";
    }

    private static string OfNodes(
        Lease lease, IReadOnlyList<Lease> queue, IReadOnlyCollection<Node> nodes, long nowMs, NodeOptions options, bool isHarvesting)
    {
        string what = What(lease.Ask);
        List<Node> fitting = [.. nodes.Where(node => LeasePlacement.CouldEverFit(lease.Ask, node))];
        if (fitting.Count > 0 && fitting.Count < lease.Ask.MinNodes())
        {
            return string.Create(CultureInfo.InvariantCulture, $"waits for {what}: {Nodes(fitting.Count)} that much now");
        }

        if (fitting.Count == 0)
        {
            if (nodes.FirstOrDefault(node => LeasePlacement.IsLargeEnough(lease.Ask, node)) is { } hurt)
            {
                return $"waits for {what} where it hurts no batch job: it is {Interference.Name(lease.Ask.Bound)}, and {hurt.Id} lies beside job {hurt.BatchJob}, which is {Interference.Name(hurt.JobBound)}";
            }

            return nodes.Any(node => node.TakesLeases)
                ? $"waits for {what}: no node has that much now"
                : $"waits for {what}: no node is there{(isHarvesting ? string.Empty : "; start one with `rowen agent`")}";
        }

        Lease first = queue.First(other => other.Ask.Kind == lease.Ask.Kind);
        string behind = first.Id == lease.Id ? string.Empty : $", behind {first.Id}";
        string ready = string.Empty;
        if (lease.Ask.Nodes > 1)
        {
            int count = fitting.RemoveAll(node => LeasePlacement.HasRoom(lease.Ask, node, nowMs, options));
            ready = count == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{Nodes(count)} room; ");
        }

        IEnumerable<string> named = fitting.OrderByDescending(node => node.FreeCores).ThenBy(node => node.Id.Value)
            .Take(MaxNodesNamed)
            .Select(node => Describe(node, lease.Ask, nowMs, options));
        string more = fitting.Count > MaxNodesNamed
            ? string.Create(CultureInfo.InvariantCulture, $"; and {fitting.Count - MaxNodesNamed} nodes more")
            : string.Empty;
        return $"waits for {what}{behind}: {ready}{string.Join("; ", named)}{more}";
    }

    public static string What(LeaseAsk ask) => ask.Nodes == 1 ? WhatOfEach(ask) : string.Create(
        CultureInfo.InvariantCulture,
        $"{WhatOfEach(ask)} on each of {(ask.MinNodes() < ask.Nodes ? $"{ask.MinNodes()} to " : string.Empty)}{ask.Nodes} nodes");

    /// <summary>Of one node.</summary>
    public static string WhatOfEach(LeaseAsk ask)
    {
        if (ask.Kind == LeaseKind.Memory)
        {
            return $"{Mebibytes(ask.MemoryBytes)} of memory";
        }

        string cores = ask.Cores switch
        {
            0 => "free cores",
            1 => "1 core",
            _ => string.Create(CultureInfo.InvariantCulture, $"{ask.Cores} cores"),
        };
        return ask.MemoryBytes == 0 ? cores : $"{cores} with {Mebibytes(ask.MemoryBytes)}";
    }

    private static string Nodes(int count) => count == 1 ? "1 node has" : string.Create(CultureInfo.InvariantCulture, $"{count} nodes have");

    public static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB");

    private static string Describe(Node node, LeaseAsk ask, long nowMs, NodeOptions options)
    {
        if (node.IsSuspectAt(nowMs, options))
        {
            return $"{node.Id} is silent";
        }

        if (node.OrderStream == 0)
        {
            return $"{node.Id} is not connected";
        }

        if (!LeasePlacement.Lasts(node, ask, nowMs))
        {
            string asked = ask.LastsMs > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {ask.LastsMs / 1000.0:0.###} s are asked for") : string.Empty;
            return string.Create(CultureInfo.InvariantCulture, $"{node.Id} ends in {Math.Max(0, node.EndsAtMs - nowMs) / 1000} s{asked}");
        }

        string holders = string.Join(", ", node.Holders.Keys.OrderBy(id => id.Value).Take(MaxLeasesNamed));
        string more = node.Holders.Count > MaxLeasesNamed ? ", …" : string.Empty;
        string held = holders.Length == 0 ? string.Empty : $", held by {holders}{more}";
        if (ask.Kind == LeaseKind.Memory)
        {
            return $"{node.Id} has {Mebibytes(node.FreeMemoryBytes)} of {Mebibytes(node.MemoryBytes)} free{held}";
        }

        bool lacksMemory = node.FreeCores >= Math.Max(1, ask.Cores);
        string free = string.Create(CultureInfo.InvariantCulture, $"{node.Id} has {node.FreeCores} of {node.Cores} free");
        return free
            + (lacksMemory ? $" but only {Mebibytes(node.FreeMemoryBytes)} of memory" : string.Empty)
            + held;
    }
}
