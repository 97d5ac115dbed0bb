using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Cli.Signals;
using Rowen.Protocol.Clusters;
using Rowen.ResourceManager;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen manager</c>: the resource manager alone.</summary>
internal static class ManagerVerb
{
    public static VerbCommand Create(Termination termination) => new VerbCommand(
        "manager",
        "Runs a resource manager alone, until SIGTERM; nodes join with `rowen agent`.",
        "rowen manager --state /var/lib/rowen --listen 10.0.0.5:7700 --cluster /shared/cluster.json")
        .WithCluster()
        .With(RoleOptions.State).With(RoleOptions.Listen).With(RoleOptions.Limits)
        .Runs((run, _) => RunAsync(run, termination.Requested));

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        string path = run.ClusterPath;
        var settings = new ManagerSettings
        {
            StateFolder = Path.GetFullPath(run.Get(RoleOptions.State)!),
            ListenTcp = run.Get(RoleOptions.Listen),
            LimitsFile = RoleOptions.LimitsFile(run),
        };
        await ManagerRole.RunAsync(settings, path, run.IsVerbose, file => Say(run, file, path), cancellationToken);
        return ExitCode.Done;
    }

    private static void Say(VerbRun run, ClusterFile cluster, string path)
    {
        if (run.IsJson)
        {
            run.WriteJson(new RoleAnswer("manager", path, cluster.Address, Environment.ProcessId), CliJson.Default.RoleAnswer);
        }
        else
        {
            run.WriteLine($"The manager listens at {cluster.Address}. Join nodes with `rowen agent --cluster {path}`.");
        }

        run.Out.Flush();
    }
}
