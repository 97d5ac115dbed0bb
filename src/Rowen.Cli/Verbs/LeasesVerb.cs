using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen leases</c>.</summary>
internal static class LeasesVerb
{
    private const string NoGroup = "-";

    private static readonly Option<bool> All = new("--all") { Description = "Shows the last leases that ended, too, and why." };

    public static VerbCommand Create() => new VerbCommand(
        "leases", "Lists the leases that live or wait, and what they wait for.", "rowen leases", "rowen leases --all")
        .WithCluster()
        .With(All)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        LeaseView[] leases = await manager.GetLeasesAsync(cancellationToken);
        leases = [.. leases.Where(lease => run.Get(All) || lease.State != LeaseState.Ended).OrderBy(lease => lease.Id.Value)];
        if (run.IsJson)
        {
            run.WriteJson(leases);
            return ExitCode.Done;
        }

        bool hasGroups = leases.Any(lease => GroupOf(lease) != NoGroup);
        int shift = hasGroups ? 1 : 0;
        var table = new Table(["lease", .. hasGroups ? ["group"] : Array.Empty<string>(), "state", "node", "cores", "memory", "expires in", "client", "reason"])
        {
            Numbers = [3 + shift, 4 + shift, 5 + shift],
            WhenEmpty = run.Get(All) ? "No lease yet." : "No lease lives or waits. `rowen leases --all` shows those that ended.",
        };
        foreach (LeaseView lease in leases)
        {
            table.Add([
                lease.Id.ToString(), .. hasGroups ? [GroupOf(lease)] : Array.Empty<string>(), lease.State.ToString().ToLowerInvariant(), lease.NodeName ?? "-",
                lease.Kind == LeaseKind.Memory ? "-" : lease.Cores.ToString(CultureInfo.InvariantCulture), Units.Bytes(lease.MemoryBytes),
                lease.State is LeaseState.Starting or LeaseState.Active ? Units.Milliseconds(lease.RemainingMs) : "-",
                lease.Client, lease.Reason]);
        }

        run.Write(table);
        return ExitCode.Done;
    }

    /// <summary>Whom it was granted with, or on how many nodes it is waited for.</summary>
    private static string GroupOf(LeaseView lease) => lease switch
    {
        { Group: { Count: > 0 } group } => string.Create(CultureInfo.InvariantCulture, $"{group[0]} ({group.Count} nodes)"),
        { Nodes: > 1 } => string.Create(CultureInfo.InvariantCulture, $"{lease.Id} ({lease.Nodes} nodes)"),
        _ => NoGroup,
    };
}
