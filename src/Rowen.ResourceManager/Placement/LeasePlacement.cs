using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Placement;

/// <summary>Where a lease goes, and how much of the node it gets.</summary>
/// <param name="Node">The node.</param>
/// <param name="Cores">Cores of it.</param>
/// <param name="MemoryBytes">Memory of it.</param>
internal readonly record struct LeasePlacement(Node Node, int Cores, long MemoryBytes)
{
    /// <summary>What is left of an allocation must be worth the start of an executor.</summary>
    private const long MinRestMs = 10_000;

    /// <summary>Picks as many nodes as are asked for, or as there are if those are enough: each the best of those that are left.</summary>
    /// <returns>Nothing if fewer fit now than are enough.</returns>
    public static IReadOnlyList<LeasePlacement> Find(LeaseAsk ask, IEnumerable<Node> nodes, long nowMs, NodeOptions options, int mostCores = int.MaxValue)
    {
        var left = new List<Node>(nodes);
        var found = new List<LeasePlacement>();
        while (found.Count < ask.Nodes && FindOrNone(ask, left, nowMs, options, mostCores - StillNeeded(ask, found.Count)) is { } next)
        {
            mostCores -= next.Cores;
            found.Add(next);
            left.Remove(next.Node);
        }

        return found.Count >= ask.MinNodes() ? found : [];
    }

    /// <summary>Cores that the nodes after the next one need at least, where each takes all that it finds within a limit.</summary>
    private static int StillNeeded(LeaseAsk ask, int foundCount) => Math.Max(0, ask.MinNodes() - foundCount - 1);

    /// <summary>Whether a node has room for it now, or for one part of it.</summary>
    public static bool HasRoom(LeaseAsk ask, Node node, long nowMs, NodeOptions options) => FindOrNone(ask, [node], nowMs, options) is not null;

    /// <summary>Picks the tightest fit, on nodes in use before empty ones, so that whole nodes stay empty.</summary>
    /// <param name="ask">What is asked for.</param>
    /// <param name="nodes">All there are.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="options">When a node counts as suspect.</param>
    /// <param name="mostCores">The most that a lease on all free cores may have.</param>
    /// <returns>None if nothing fits now.</returns>
    public static LeasePlacement? FindOrNone(
        LeaseAsk ask, IEnumerable<Node> nodes, long nowMs, NodeOptions options, int mostCores = int.MaxValue)
    {
        LeasePlacement? best = null;
        foreach (Node node in nodes)
        {
            if (CanStartNow(node, nowMs, options) && Lasts(node, ask, nowMs) && FitOrNone(ask, node, mostCores) is { } fit
                && (best is not { } other || IsBetter(ask, fit, other)))
            {
                best = fit;
            }
        }

        return best;
    }

    /// <summary>Whether a node could hold it, were it empty.</summary>
    public static bool CouldEverFit(LeaseAsk ask, Node node) => IsLargeEnough(ask, node) && !IsHurtBy(ask, node);

    /// <summary>Whether a node's batch job and what is asked for would slow each other down: as long as that job runs, it goes elsewhere.</summary>
    public static bool IsHurtBy(LeaseAsk ask, Node node) => Interference.Hurts(ask.Bound, node.JobBound);

    /// <summary>Whether a node could hold it, were it empty and its batch job no neighbor.</summary>
    public static bool IsLargeEnough(LeaseAsk ask, Node node) =>
        node.TakesLeases && node.Shape.Holds(ask) && !ask.Avoids(node.Id);

    /// <summary>Whether a node is there for as long as what is asked for needs it.</summary>
    public static bool Lasts(Node node, LeaseAsk ask, long nowMs) => node.EndsAtMs - nowMs > Math.Max(MinRestMs, ask.LastsMs);

    /// <summary>The fewest cores that it is content with.</summary>
    public static int MinCores(LeaseAsk ask) => ask.Kind == LeaseKind.Memory ? 0 : Math.Max(1, ask.Cores);

    private static bool CanStartNow(Node node, long nowMs, NodeOptions options) =>
        node.TakesLeases && node.OrderStream != 0 && node.Strays.Count == 0 && !node.IsSuspectAt(nowMs, options);

    private static LeasePlacement? FitOrNone(LeaseAsk ask, Node node, int mostCores)
    {
        if (ask.Avoids(node.Id) || IsHurtBy(ask, node))
        {
            return null;
        }

        if (ask.Kind == LeaseKind.Memory)
        {
            return ask.MemoryBytes <= node.FreeMemoryBytes ? new LeasePlacement(node, Cores: 0, ask.MemoryBytes) : null;
        }

        int cores = ask.Cores == 0 ? Math.Min(node.FreeCores, mostCores) : ask.Cores;
        if (cores < 1 || cores > node.FreeCores)
        {
            return null;
        }

        long memory = ask.MemoryBytes;
        if (memory == 0)
        {
            long share = node.Shape.MemoryOf(cores);
            // Whoever asks for all that is free gets it, even where others hold more than their share of memory.
            memory = ask.Cores == 0 ? Math.Min(share, node.FreeMemoryBytes) : share;
        }

        return memory > 0 && memory <= node.FreeMemoryBytes ? new LeasePlacement(node, cores, memory) : null;
    }

    private static bool IsBetter(LeaseAsk ask, LeasePlacement fit, LeasePlacement other)
    {
        if (ask is { Cores: 0, Kind: LeaseKind.Cores })
        {
            return fit.Cores > other.Cores;
        }

        bool isInUse = fit.Node.Holders.Count > 0;
        bool isOtherInUse = other.Node.Holders.Count > 0;
        return isInUse != isOtherInUse ? isInUse
            : ask.Kind == LeaseKind.Memory ? fit.Node.FreeMemoryBytes < other.Node.FreeMemoryBytes
            : fit.Node.FreeCores < other.Node.FreeCores;
    }
}
