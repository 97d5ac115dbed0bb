using System.CommandLine;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Cli.Verbs;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Harvesting.Slurm.Planning;

namespace Rowen.Cli.Admin;

/// <summary><c>rowen admin plan</c>: what a Slurm needs for harvesting, and what Rowen would hand to it, to the letter.</summary>
internal static class PlanVerb
{
    /// <summary>A service has a folder of its own, and not a home.</summary>
    private const string ServiceState = "/var/lib/rowen/state";

    /// <summary>Stands for a place that nodes see, unless one is named.</summary>
    private const string SharedCluster = "/shared/rowen/cluster.json";

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Prints, and does nothing: what this verb does in any case. For those who want to have said so.",
    };

    private static readonly Option<string> User = new("--user")
    {
        Description = "Who would run the manager, and with it all pilots and functions.",
        DefaultValueFactory = _ => "rowen",
        HelpName = "NAME",
    };

    public static VerbCommand Create() => new VerbCommand(
        "plan",
        "Prints the lines of slurm.conf, how pilots are submitted, their script and a unit of systemd. Asks nobody and changes nothing.",
        "rowen admin plan --dry-run",
        "rowen admin plan --dry-run --partition scavenge --max-nodes 100 --cluster /shared/rowen/cluster.json",
        "rowen admin plan --dry-run --pilot-cores 4 --pilot-memory 8G -- --account=rowen",
        "rowen admin plan --dry-run --output json")
        .WithCluster()
        .With(DryRun).With(User).WithPilots()
        .Runs((run, _) => Task.FromResult(Run(run)));

    private static int Run(VerbRun run)
    {
        HarvestSettings settings = HarvestOptions.Read(run);
        settings = settings with
        {
            Partition = settings.Partition ?? "harvest",
            ClusterPath = run.Has(CommonOptions.Cluster) ? settings.ClusterPath : SharedCluster, // not in the home of who asks
        };
        settings.Check();
        IReadOnlyList<PlanPart> parts = SlurmPlan.Of(settings, run.Get(User)!, UpCommand(run, settings));
        if (run.IsJson)
        {
            run.WriteJson(parts, PlanJson.Default.IReadOnlyListPlanPart);
            return ExitCode.Done;
        }

        foreach (PlanPart part in parts)
        {
            run.WriteLine($"# ---- {part.Name}: {part.Purpose}");
            run.WriteLine(part.Text);
        }

        return ExitCode.Done;
    }

    /// <summary>What was typed, as the service would type it. A service has agreed with its site.</summary>
    private static IReadOnlyList<string> UpCommand(VerbRun run, HarvestSettings settings)
    {
        IReadOnlyList<string> typed = HarvestOptions.RetypePilots(run);
        string[] site = typed.Contains(HarvestOptions.Site.Name, StringComparer.Ordinal) ? [] : [HarvestOptions.Site.Name];
        string[] partition = run.Has(HarvestOptions.Partition) ? [] : [HarvestOptions.Partition.Name, settings.Partition!];
        return
        [
            .. RowenProgram.Command, "up", "--cluster", settings.ClusterPath, RoleOptions.State.Name, ServiceState,
            typed[0], .. site, .. partition, .. typed.Skip(1),
        ];
    }
}
