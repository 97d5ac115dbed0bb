using Rowen.Protocol.Nodes;

namespace Rowen.Maps;

/// <summary>Which leases a map asks for, from what the nodes have free. Decides; performs nothing.</summary>
internal static class LeasePlan
{
    /// <summary>Few leases rather than many: from the node with most free cores on.</summary>
    /// <param name="nodes">The nodes as the manager shows them.</param>
    /// <param name="wantedCores">How many cores in all; 0 for every free one.</param>
    /// <param name="itemCount">No more cores than items need; null if not known.</param>
    /// <param name="coresPerItem">An item's cores lie on one node.</param>
    /// <param name="memoryBytesPerItem">What each item needs; 0 for any.</param>
    /// <param name="maxCores">Of one lease; 0 for all that a node has.</param>
    /// <returns>Cores of each lease; empty if nothing is free.</returns>
    public static IReadOnlyList<int> Choose(
        IEnumerable<NodeView> nodes, int wantedCores, long? itemCount, int coresPerItem = 1, long memoryBytesPerItem = 0, int maxCores = 0)
    {
        long left = Math.Min(wantedCores == 0 ? int.MaxValue : wantedCores / coresPerItem, itemCount ?? int.MaxValue);
        var leases = new List<int>();
        foreach (NodeView node in nodes.Where(node => node is { State: "up", FreeCores: > 0 }).OrderByDescending(node => node.FreeCores))
        {
            long fits = Math.Min(node.FreeCores / coresPerItem, memoryBytesPerItem == 0 ? int.MaxValue : node.FreeMemoryBytes / memoryBytesPerItem);
            long most = maxCores == 0 ? fits : Math.Max(1, maxCores / coresPerItem);
            for (long items; (items = Math.Min(Math.Min(fits, most), left)) > 0; fits -= items, left -= items)
            {
                leases.Add((int)items * coresPerItem);
            }
        }

        return leases;
    }
}
