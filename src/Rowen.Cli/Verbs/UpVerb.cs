using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Cli.Signals;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager;
using Rowen.ResourceManager.Harvesting;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen up</c>: a cluster on this machine, in this process or detached from it.</summary>
internal static class UpVerb
{
    private static readonly Option<bool> Detach = new("--detach", "-d")
    {
        Description = "Returns when the cluster is ready; it goes on by itself, with its log in the state folder.",
    };

    private static readonly Option<bool> Embedded = new("--embedded")
    {
        Description = "For programs: says `ready`, ends with its standard input, and removes its state folder.",
    };

    public static VerbCommand Create(Termination termination) => new VerbCommand(
        "up",
        "Starts a cluster: a resource manager and a node agent on this machine; or a manager whose nodes come from Slurm.",
        "rowen up --detach",
        "rowen up --cores 2 --memory 4G",
        "rowen up --listen 10.0.0.5:7700     # for nodes that join with `rowen agent`",
        "rowen up --slurm --partition harvest --max-nodes 8 --cluster ~/shared/cluster.json -- --account=physics",
        "rowen down")
        .WithCluster()
        .With(RoleOptions.State).With(RoleOptions.Listen).With(RoleOptions.Limits).With(RoleOptions.Pool).With(RoleOptions.Cores).With(RoleOptions.Memory)
        .With(Detach).With(Embedded).WithHarvesting()
        .Runs((run, _) => RunAsync(run, termination));

    private static Task<int> RunAsync(VerbRun run, Termination termination) =>
        run.Get(Embedded) ? RunEmbeddedAsync(run, termination)
        : run.Get(Detach) ? RunDetachedAsync(run, termination.Requested)
        : run.Get(HarvestOptions.Slurm) ? RunHarvestingAsync(run, termination)
        : RunHereAsync(run, termination);

    private static async Task<int> RunHereAsync(VerbRun run, Termination termination)
    {
        ClusterSettings settings = Settings(run) with { LogLevel = run.IsVerbose ? LogLevel.Debug : LogLevel.Information };
        LocalCluster cluster = await LocalCluster.StartAsync(settings, termination.Requested);
        await using (cluster)
        {
            UpAnswer.Of(cluster, settings).Write(run, isDetached: false);
            await WaitForEndAsync(cluster, termination);
            await cluster.ThrowIfFailedAsync();
        }

        return ExitCode.Done;
    }

    /// <summary>A manager alone: its nodes are pilot jobs.</summary>
    private static async Task<int> RunHarvestingAsync(VerbRun run, Termination termination)
    {
        ClusterSettings settings = Settings(run);
        ClusterPresence.RefuseSecond(settings.ClusterPath);
        HarvestSettings harvest = HarvestOptions.Read(run);
        var manager = new ManagerSettings
        {
            StateFolder = settings.StateFolder,
            ListenTcp = settings.Listen ?? new IPEndPoint(IPAddress.Any, 0),
            Harvest = harvest,
            LimitsFile = settings.LimitsFile,
        };
        await using CancellationTokenRegistration urged = termination.Urged.Register(() => Environment.Exit(termination.ExitCode));
        await ManagerRole.RunWithClusterAsync(
            manager, settings.ClusterPath, run.IsVerbose, file => UpAnswer.Of(file, settings).Write(run, isDetached: false), termination.Requested);
        return ExitCode.Done;
    }

    private static async Task<int> RunDetachedAsync(VerbRun run, CancellationToken cancellationToken)
    {
        ClusterSettings settings = Settings(run);
        ClusterFolders.Create(settings.StateFolder);
        UpAnswer answer = await DetachedCluster.StartAsync(settings, run.IsVerbose, cancellationToken);
        answer.Write(run, isDetached: true);
        return ExitCode.Done;
    }

    private static async Task<int> RunEmbeddedAsync(VerbRun run, Termination termination)
    {
        if (!run.Has(RoleOptions.State))
        {
            throw new RowenException(ErrorCode.BadRequest, "--embedded removes its state folder at its end: name one with --state.");
        }

        termination.IgnoreTerminal(); // Ctrl-C goes to the program that started us too, and it decides
        ClusterSettings settings = Settings(run);
        settings = settings with
        {
            ClusterPath = Path.Combine(settings.StateFolder, "cluster.json"),
            DrainGrace = TimeSpan.FromSeconds(1), // whoever called these functions is gone
            LogLevel = run.IsVerbose ? LogLevel.Debug : LogLevel.Warning,
        };
        try
        {
            using StandardInputEnd input = StandardInputEnd.Watch();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(termination.Requested, input.Token);
            await using LocalCluster cluster = await LocalCluster.StartAsync(settings, end.Token);
            run.WriteLine("ready");
            await run.Out.FlushAsync(CancellationToken.None);
            await Task.WhenAny(cluster.Ended, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end.Token));
        }
        catch (OperationCanceledException)
        {
            // The program ended while we were starting.
        }
        finally
        {
            ClusterFolders.Remove(settings.StateFolder);
        }

        return ExitCode.Done;
    }

    private static async Task WaitForEndAsync(LocalCluster cluster, Termination termination)
    {
        Task asked = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, termination.Requested);
        await Task.WhenAny(cluster.Ended, asked);
        await using CancellationTokenRegistration urged = termination.Urged.Register(() =>
        {
            // The second Ctrl-C: no grace. The kernel ends the executors with us.
            cluster.RemoveClusterFile();
            Environment.Exit(termination.ExitCode);
        });
        await cluster.DisposeAsync();
    }

    private static ClusterSettings Settings(VerbRun run) => new()
    {
        StateFolder = Path.GetFullPath(run.Get(RoleOptions.State)!),
        ClusterPath = ClusterFiles.Find(run.Get(CommonOptions.Cluster)),
        Listen = run.Get(RoleOptions.Listen),
        LimitsFile = RoleOptions.LimitsFile(run),
        PoolSize = run.Get(RoleOptions.Pool),
        Cores = run.Get(RoleOptions.Cores),
        MemoryBytes = run.Get(RoleOptions.Memory),
        HarvestArguments = HarvestOptions.Retype(run),
        Harvests = run.Get(HarvestOptions.Slurm) ? HarvestOptions.Describe(run) : null,
    };
}
