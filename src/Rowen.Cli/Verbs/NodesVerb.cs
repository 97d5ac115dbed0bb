using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen nodes</c>.</summary>
internal static class NodesVerb
{
    public static VerbCommand Create() => new VerbCommand(
        "nodes", "Lists the nodes, and what of them is free.", "rowen nodes", "rowen nodes --output json")
        .WithCluster()
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        NodeView[] nodes = await manager.GetNodesAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(nodes);
            return ExitCode.Done;
        }

        bool hasNeighbors = nodes.Any(node => node.MemorySlowDown > 0);
        bool hasJobs = nodes.Any(node => node.BatchJob.Length > 0);
        var table = new Table(["node", "name", "state", "cores", "free", "memory", "free", "leases", "heard ago", .. hasJobs ? ["job", "ends in"] : Array.Empty<string>(), .. hasNeighbors ? ["memory takes"] : Array.Empty<string>(), "fabrics"])
        {
            Numbers = [3, 4, 5, 6, 7, 8],
            WhenEmpty = "No node has joined yet.",
        };
        foreach (NodeView node in nodes)
        {
            string[] job = hasJobs ? [node.BatchJob, node.RemainingMs is { } left ? Units.Duration(TimeSpan.FromMilliseconds(left)) : string.Empty] : [];
            table.Add(
            [
                node.Id.ToString(), node.Name, node.State, Number(node.Cores), Number(node.FreeCores), Units.Bytes(node.MemoryBytes),
                Units.Bytes(node.FreeMemoryBytes), LeasesOf(node), Units.Milliseconds(node.SilentMs), .. job, .. hasNeighbors ? [SlowDownOf(node)] : Array.Empty<string>(), node.Fabrics,
            ]);
        }

        run.Write(table);
        return ExitCode.Done;
    }

    /// <summary>What has ended but holds its cores still is none of the leases, and the reason why cores are missing.</summary>
    private static string LeasesOf(NodeView node) =>
        node.EndedLeaseCount == 0 ? Number(node.LeaseCount) : $"{Number(node.LeaseCount)} + {Number(node.EndedLeaseCount)} ended";

    private static string SlowDownOf(NodeView node) =>
        node.MemorySlowDown == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{node.MemorySlowDown:0.0}×");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
