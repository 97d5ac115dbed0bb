using System.CommandLine;
using Microsoft.Extensions.Logging;
using Rowen.Cli.Logging;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Cli.Signals;
using Rowen.NodeAgent;
using Rowen.Protocol.Clusters;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen agent</c>: the node agent alone.</summary>
internal static class AgentVerb
{
    private static readonly Option<string?> Advertise = new("--advertise")
    {
        Description = "IP address at which other nodes reach this one. Otherwise its executors serve this machine only.",
        HelpName = "IP",
    };

    private static readonly Option<string> Name = new("--name")
    {
        Description = "The node's name. Otherwise the host's.",
        DefaultValueFactory = _ => Environment.MachineName,
        HelpName = "NAME",
    };

    public static VerbCommand Create(Termination termination) => new VerbCommand(
        "agent",
        "Offers this node to a cluster until SIGTERM, then drains.",
        "rowen agent --cluster /shared/cluster.json --state /tmp/rowen-agent --advertise 10.0.0.6",
        "rowen agent --cores 4 --memory 8G")
        .WithCluster()
        .With(RoleOptions.State).With(Name).With(Advertise).With(RoleOptions.Pool).With(RoleOptions.Cores).With(RoleOptions.Memory)
        .Runs((run, _) => RunAsync(run, termination));

    private static async Task<int> RunAsync(VerbRun run, Termination termination)
    {
        ClusterFile cluster = ClusterFiles.Read(run.ClusterPath);
        var settings = new AgentSettings
        {
            Cluster = cluster,
            ClusterPath = run.ClusterPath,
            StateFolder = Path.Combine(Path.GetFullPath(run.Get(RoleOptions.State)!), "agent"),
            Name = run.Get(Name)!,
            AdvertiseAddress = run.Get(Advertise),
            PoolSize = run.Get(RoleOptions.Pool),
            Cores = run.Get(RoleOptions.Cores),
            MemoryBytes = run.Get(RoleOptions.Memory),
            FabricProgram = RowenProgram.Command,
        };
        ClusterFolders.Create(settings.StateFolder);
        using ILoggerFactory loggers = LoggerFactory.Create(
            builder => LineLoggerProvider.Configure(builder, run.IsVerbose ? LogLevel.Debug : LogLevel.Information));
        if (run.IsJson)
        {
            run.WriteJson(new RoleAnswer("agent", run.ClusterPath, cluster.Address, Environment.ProcessId), CliJson.Default.RoleAnswer);
        }

        await using CancellationTokenRegistration urged = termination.Urged.Register(() => Environment.Exit(termination.ExitCode));
        await AgentHost.RunAsync(settings, loggers, termination.Requested);
        return ExitCode.Done;
    }
}
