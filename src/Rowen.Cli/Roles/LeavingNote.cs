using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Roles;

/// <summary>Says what a cluster that is being taken down still waits for, each time that this changes.</summary>
/// <param name="manager">The cluster's manager, which answers until the end.</param>
/// <param name="say">Tells the user.</param>
internal sealed class LeavingNote(ManagerClient manager, Action<string> say)
{
    private string _said = string.Empty;

    /// <summary>Asks the manager; a manager that has gone waits for nothing.</summary>
    public async Task UpdateAsync(CancellationToken cancellationToken)
    {
        try
        {
            string what = Describe(await manager.GetNodesAsync(cancellationToken));
            if (what.Length > 0 && what != _said)
            {
                _said = what;
                say(what);
            }
        }
        catch (RowenException)
        {
            // It is ending: what is waited for now is its process.
        }
    }

    /// <summary>The nodes that have not left, as the rest of a sentence; empty if all have.</summary>
    internal static string Describe(IEnumerable<NodeView> nodes) => string.Join(
        ", ", nodes.Where(node => !node.HasLeft).Select(Describe));

    private static string Describe(NodeView node) => string.Create(
        CultureInfo.InvariantCulture,
        $"{node.Id} ({node.Name}), which {Doing(node)}, with {Units.Things(node.LeaseCount + node.EndedLeaseCount, "lease")}");

    private static string Doing(NodeView node) => node.State switch
    {
        "suspect" => "is silent and counts as lost soon",
        "draining" => "drains",
        _ => "has not answered yet",
    };
}
