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

    /// <param name="run">Where to say it.</param>
    /// <param name="what">Such as <c>N3</c>, or a node's name: also of one of the batch system's that has not joined.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<int> ExplainNodeAsync(VerbRun run, string what, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        NodeView[] nodes = await manager.GetNodesAsync(cancellationToken);
        HarvestView harvest = await manager.GetHarvestAsync(cancellationToken);
        NodeView? joined = NodeId.TryParse(what, null, out NodeId id)
            ? nodes.FirstOrDefault(node => node.Id == id)
            : nodes.LastOrDefault(node => node.Name == what && !node.HasLeft);
        return joined is not null ? await ExplainNodeAsync(run, manager, joined, harvest, cancellationToken)
            : harvest.BatchNodes.FirstOrDefault(node => node.Name == what) is { } absent ? ExplainAbsent(run, absent, harvest)
            : throw new RowenException(
                ErrorCode.UnknownNode, $"'{what}' is no node that is known (any more), and no job or lease: those look like J7 and L42. See `rowen nodes`, `rowen pilots`, `rowen jobs`, `rowen leases`.");
    }

    /// <summary>A node of the batch system's on which no agent is.</summary>
    private static int ExplainAbsent(VerbRun run, BatchNodeView node, HarvestView harvest)
    {
        if (run.IsJson)
        {
            run.WriteJson(harvest);
            return ExitCode.Done;
        }

        run.WriteLine($"{node.Name} has not joined. Slurm's word for it {Units.Milliseconds(harvest.BatchNodesAgeMs ?? 0)} ago: {node.State}.");
        run.WriteLine(
            harvest.Pilots.FirstOrDefault(pilot => pilot.NodeName == node.Name) is { } pilot ? $"Pilot {pilot.Job} starts there."
            : node.IsAsleep ? "It is powered down, or about to be, and pilots wake none."
            : !node.IsIdle ? "Somebody's job has it, or it is not to be used: batch jobs come first."
            : harvest.IsFrozen ? "It is idle, and harvesting is frozen: `rowen admin thaw` lets it go on."
            : harvest.Note.Length > 0 ? $"It is idle: {harvest.Note}." : "It is idle: a pilot comes when a lease waits.");
        return ExitCode.Done;
    }

    private static async Task<int> ExplainNodeAsync(VerbRun run, ManagerClient manager, NodeView node, HarvestView harvest, CancellationToken cancellationToken)
    {
        NodeId id = node.Id;
        if (run.IsJson)
        {
            run.WriteJson(new[] { node });
            return ExitCode.Done;
        }

        run.WriteLine($"{id} ({node.Name}) is {node.State}, heard {Units.Milliseconds(node.SilentMs)} ago: {Units.Things(node.FreeCores, "core")} of {node.Cores} and {Units.Bytes(node.FreeMemoryBytes)} free.");
        run.WriteLine(WhyOf(node));
        if (node.BatchJob.Length > 0)
        {
            string end = node.RemainingMs is { } left ? $", whose allocation lasts for {Units.Duration(TimeSpan.FromMilliseconds(left))} still" : string.Empty;
            run.WriteLine($"It came as Slurm's job {node.BatchJob}{end}.{(harvest.IsFrozen ? " Harvesting is frozen: it goes back." : string.Empty)}");
        }

        foreach (LeaseView lease in (await manager.GetLeasesAsync(cancellationToken)).Where(lease => lease.Node == id && lease.State != LeaseState.Ended))
        {
            run.WriteLine($"{lease.Id} is {Lower(lease.State)} there, with {Units.Things(lease.Cores, "core")}, for {lease.Client}");
        }

        run.WriteLine($"fabrics    {node.Fabrics}");
        return ExitCode.Done;
    }

    private static string WhyOf(NodeView node) => node.State switch
    {
        "up" when node.FreeCores == 0 => "Leases hold all of its cores: what waits gets them as they end.",
        "up" when node.LeaseCount == 0 => "No lease holds anything of it: none that waits fits, or none waits.",
        "up" => "It has room for leases that ask for no more than what is free.",
        "suspect" => "Its agent has been silent for 3 s: it gets no lease until it is heard.",
        "draining" => "Its agent leaves: it gets no lease, and those on it are taken back.",
        "lost" => "Its agent has been silent for so long that it is taken to be dead: its leases have ended.",
        _ => "Its agent has left.",
    };

    private static string Lower(LeaseState state) => state.ToString().ToLowerInvariant();
}
