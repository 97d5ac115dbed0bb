using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager;
using Rowen.ResourceManager.Harvesting.Slurm.Examination;

namespace Rowen.Cli.Admin;

/// <summary>Whether the agents of a cluster that runs are of one version with its manager, and with this program.</summary>
internal static class AgentVersions
{
    /// <summary>Asks the cluster.</summary>
    /// <returns>None if no cluster runs there: then there is nothing to compare.</returns>
    public static async Task<SlurmFinding?> FindAsync(string clusterFile, CancellationToken cancellationToken)
    {
        try
        {
            using var manager = new ManagerClient(ClusterFiles.Read(clusterFile));
            string version = (await manager.GetVersionAsync(cancellationToken)).RowenVersion;
            NodeView[] nodes = await manager.GetNodesAsync(cancellationToken);
            return Judge(ManagerHost.RowenVersion, version, [.. nodes.Where(node => !node.HasLeft)]);
        }
        catch (RowenException exception) when (exception.Code is ErrorCode.BadClusterFile or ErrorCode.ManagerUnreachable)
        {
            return null;
        }
    }

    internal static SlurmFinding Judge(string own, string manager, IReadOnlyCollection<NodeView> nodes)
    {
        string[] others = [.. nodes.Where(node => node.RowenVersion != manager).Select(node => $"{node.Name} has {node.RowenVersion}").Take(5)];
        return own != manager
                ? new("agents", SlurmFinding.Hint, $"This program is version {own}, and the manager of the cluster {manager}.", "Use one program on all machines, from a folder that they share.")
            : others.Length > 0
                ? new("agents", SlurmFinding.Hint, $"The manager's version is {manager}, but {string.Join(", ", others)}.", "`rowen admin freeze` and `thaw` make pilots anew, with the manager's program.")
            : new("agents", SlurmFinding.Fine, $"Manager and agents are of this program's version, {own}.");
    }
}
