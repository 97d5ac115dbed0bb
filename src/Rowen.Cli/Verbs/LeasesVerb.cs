using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen leases</c>.</summary>
internal static class LeasesVerb
{
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

        var table = new Table("lease", "state", "node", "cores", "memory", "expires in", "client", "reason")
        {
            Numbers = [3, 4, 5],
            WhenEmpty = run.Get(All) ? "No lease yet." : "No lease lives or waits. `rowen leases --all` shows those that ended.",
        };
        foreach (LeaseView lease in leases)
        {
            table.Add(
                lease.Id.ToString(), lease.State.ToString().ToLowerInvariant(), lease.NodeName ?? "-",
                lease.Kind == LeaseKind.Memory ? "-" : lease.Cores.ToString(CultureInfo.InvariantCulture), Units.Bytes(lease.MemoryBytes),
                lease.State is LeaseState.Starting or LeaseState.Active ? Units.Milliseconds(lease.RemainingMs) : "-",
                lease.Client, lease.Reason);
        }

        run.Write(table);
        return ExitCode.Done;
    }
}
