using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Harvests;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen explain L5</c> and <c>rowen explain N2</c>: what the manager says, which asks Slurm by itself.</summary>
internal static class PlaceReading
{
    public static async Task<int> ExplainLeaseAsync(VerbRun run, LeaseId id, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        LeaseView lease = await manager.GetLeaseAsync(id, cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(lease);
            return ExitCode.Done;
        }

        run.WriteLine(lease.Reason.Length == 0 ? $"{id} is {Lower(lease.State)}." : $"{id} is {Lower(lease.State)}: {lease.Reason}.");
        run.WriteLine($"asked for by {lease.Client}");
        if (lease.Node != default)
        {
            run.WriteLine(string.Create(CultureInfo.InvariantCulture, $"on {lease.Node} ({lease.NodeName}), {Units.Things(lease.Cores, "core")} and {Units.Bytes(lease.MemoryBytes)}: `rowen logs {id}` shows what was printed"));
        }

        return ExitCode.Done;
    }

    public static async Task<int> ExplainNodeAsync(VerbRun run, NodeId id, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        NodeView node = (await manager.GetNodesAsync(cancellationToken)).FirstOrDefault(node => node.Id == id)
            ?? throw new RowenException(ErrorCode.UnknownNode, $"{id} is not known (any more): see `rowen nodes`.");
        if (run.IsJson)
        {
            run.WriteJson(new[] { node });
            return ExitCode.Done;
        }

        run.WriteLine($"{id} ({node.Name}) is {node.State}, heard {Units.Milliseconds(node.SilentMs)} ago: {Units.Things(node.FreeCores, "core")} of {node.Cores} and {Units.Bytes(node.FreeMemoryBytes)} free.");
        if (node.BatchJob.Length > 0)
        {
            string end = node.RemainingMs is { } left ? $", whose allocation lasts for {Units.Duration(TimeSpan.FromMilliseconds(left))} still" : string.Empty;
            HarvestView harvest = await manager.GetHarvestAsync(cancellationToken);
            run.WriteLine($"It came as Slurm's job {node.BatchJob}{end}.{(harvest.IsFrozen ? " Harvesting is frozen: it goes back." : string.Empty)}");
        }

        foreach (LeaseView lease in (await manager.GetLeasesAsync(cancellationToken)).Where(lease => lease.Node == id && lease.State != LeaseState.Ended))
        {
            run.WriteLine($"{lease.Id} is {Lower(lease.State)} there, with {Units.Things(lease.Cores, "core")}, for {lease.Client}");
        }

        run.WriteLine($"fabrics    {node.Fabrics}");
        return ExitCode.Done;
    }

    private static string Lower(LeaseState state) => state.ToString().ToLowerInvariant();
}
