using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Logging;
using Rowen.Cli.Logging;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Cli.Signals;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent;
using Rowen.NodeAgent.Neighbors;
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

    private static readonly Option<bool> Pilot = new("--pilot")
    {
        Description = "Runs in a Slurm job: takes cores, memory, name and end from it, keeps its state on the node, and leaves nothing there.",
    };

    private static readonly Option<bool> BesideJob = new(JobNeighbor.Option)
    {
        Description = "With --pilot: the job does its own work on this node. Takes --cores that its processes are not bound to, and leaves when one of them is. `rowen share` says this.",
    };

    private static readonly Option<bool> BetweenJobs = new("--between-jobs")
    {
        Description = "The node is Slurm's, and this agent in no job of it: offers the node while no job is there, as `rowen hook` tells. Running invocations then have 1 s, unless --drain-grace says less.",
    };

    private static readonly Option<TimeSpan> DrainGrace = new("--drain-grace")
    {
        Description = "How long running invocations may finish on SIGTERM, such as 2s.",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(5),
        HelpName = "TIME",
        CustomParser = TimeText.Parse,
    };

    /// <summary>A node without lease and manager goes back to the batch system after this.</summary>
    private static readonly TimeSpan OrphanBound = TimeSpan.FromMinutes(1);

    /// <summary>What a pilot takes beyond its grace, to report and to clean up.</summary>
    private static readonly TimeSpan DrainMargin = TimeSpan.FromSeconds(2);

    /// <summary>How long an agent that is overdue may remove its folder; the next one on the node removes the rest.</summary>
    private static readonly TimeSpan RemovalBound = TimeSpan.FromSeconds(0.5);

    public static VerbCommand Create(Termination termination) => new VerbCommand(
        "agent",
        "Offers this node to a cluster until SIGTERM, then drains.",
        "rowen agent --cluster /shared/cluster.json --state /tmp/rowen-agent --advertise 10.0.0.6",
        "rowen agent --cores 4 --memory 8G",
        "srun --overlap --cpus-per-task=4 rowen agent --pilot     # all of a part of an allocation of your own")
        .WithCluster()
        .With(RoleOptions.State).With(Name).With(Advertise).With(RoleOptions.Pool).With(RoleOptions.Cores).With(RoleOptions.Memory)
        .With(BetweenJobs).With(HookOptions.Folder).With(Pilot).With(BesideJob).With(ShareOptions.Processors).With(CommonOptions.Bound).With(DrainGrace)
        .Checks(FindFault)
        .Runs((run, _) => RunAsync(run, termination));

    private static string? FindFault(CommandResult command) =>
        StrayOption.Find(command, HookOptions.Folder, BetweenJobs)
        ?? StrayOption.Find(command, BesideJob, Pilot)
        ?? StrayOption.Find(command, CommonOptions.Bound, BesideJob)
        ?? StrayOption.Find(command, ShareOptions.Processors, BesideJob)
        ?? (command.GetValue(BetweenJobs) && command.GetValue(Pilot) ? $"{Pilot.Name} is for agents in a job, and {BetweenJobs.Name} for others: leave one out."
            : command.GetValue(BesideJob) && command.GetValue(RoleOptions.Cores) is null && command.GetResult(ShareOptions.Processors) is null
            ? $"{BesideJob.Name} needs to know how much is lent: {RoleOptions.Cores.Name} N, or {ShareOptions.Processors.Name} LIST."
            : null);

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
            DrainGrace = run.Get(DrainGrace),
        };
        return run.Get(BetweenJobs) ? await RunBetweenJobsAsync(run, settings, termination)
            : run.Get(Pilot) ? await RunPilotAsync(run, settings, termination) : await RunAsync(run, settings, termination, termination.Requested);
    }

    private static async Task<int> RunPilotAsync(VerbRun run, AgentSettings settings, Termination termination)
    {
        termination.BePatient();
        var pilot = new PilotEnvironment();
        PilotEnvironment.Sweep();
        string? own = run.Has(RoleOptions.State) ? null : pilot.StateFolder;
        if (own is not null && run.Get(BesideJob))
        {
            await pilot.UntilFolderIsFreeAsync(termination.Requested);
        }

        string folder = own ?? Path.GetFullPath(run.Get(RoleOptions.State)!);
        settings = settings with
        {
            StateFolder = Path.Combine(folder, "agent"),
            Name = run.Has(Name) ? settings.Name : pilot.NodeName,
            AdvertiseAddress = settings.AdvertiseAddress ?? PilotEnvironment.FindOwnAddress(settings.Cluster),
            Cores = settings.Cores ?? pilot.Cores,
            MemoryBytes = settings.MemoryBytes ?? pilot.MemoryBytes,
            BatchJob = pilot.Job,
            AllocationLeft = await pilot.FindTimeLeftAsync(termination.Requested),
            OrphanBound = OrphanBound,
        };
        // The node goes back in time, whatever hangs: the kernel ends the executors with us.
        using var overdue = new Timer(_ =>
        {
            var remover = new Thread(() => PilotEnvironment.TryRemove(own)) { IsBackground = true };
            remover.Start();
            remover.Join(RemovalBound);
            Environment.Exit(ExitCode.Done);
        });
        await using CancellationTokenRegistration leaving = termination.Requested.Register(
            () => overdue.Change(settings.DrainGrace + DrainMargin, Timeout.InfiniteTimeSpan));
        try
        {
            return run.Get(BesideJob)
                ? await RunBesideJobAsync(run, settings, pilot, termination)
                : await RunAsync(run, settings with { HasLeft = () => LeaveNow(own) }, termination, termination.Requested);
        }
        finally
        {
            PilotEnvironment.TryRemove(own);
        }
    }

    /// <summary>A batch job waits for the node: Slurm looks whether the pilot has ended 170 ms after its first signal, and then after half a second more.</summary>
    private static void LeaveNow(string? folder)
    {
        PilotEnvironment.TryRemove(folder);
        ProcessControl.ExitNow(ExitCode.Done);
    }

    private static async Task<int> RunBesideJobAsync(VerbRun run, AgentSettings settings, PilotEnvironment pilot, Termination termination)
    {
        JobNeighbor neighbor = JobNeighbor.Settle(pilot.Job, pilot.Step, pilot.CoresOnNode, run.Get(RoleOptions.Cores) ?? 0, run.Get(ShareOptions.Processors));
        using ILoggerFactory loggers = Loggers(run);
        await neighbor.RunAsync(
            leave => RunAsync(run, settings with { IsBesideJob = true, Cores = neighbor.Cores.Count, JobBound = run.Get(CommonOptions.Bound) }, termination, leave), loggers, termination.Requested);
        return ExitCode.Done;
    }

    private static async Task<int> RunBetweenJobsAsync(VerbRun run, AgentSettings settings, Termination termination)
    {
        TimeSpan grace = settings.DrainGrace < HookOptions.MaxGrace ? settings.DrainGrace : HookOptions.MaxGrace;
        using ILoggerFactory loggers = Loggers(run);
        await AgentBetweenJobs.RunAsync(
            new HookFolder(Path.GetFullPath(run.Get(HookOptions.Folder)!)),
            leave => RunAsync(run, settings with { DrainGrace = grace }, termination, leave),
            loggers,
            termination.Requested);
        return ExitCode.Done;
    }

    private static ILoggerFactory Loggers(VerbRun run) => LoggerFactory.Create(
        builder => LineLoggerProvider.Configure(builder, run.IsVerbose ? LogLevel.Debug : LogLevel.Information));

    private static async Task<int> RunAsync(VerbRun run, AgentSettings settings, Termination termination, CancellationToken drain)
    {
        ClusterFolders.Create(settings.StateFolder);
        using ILoggerFactory loggers = Loggers(run);
        if (run.IsJson)
        {
            run.WriteJson(new RoleAnswer("agent", run.ClusterPath, settings.Cluster.Address, Environment.ProcessId), CliJson.Default.RoleAnswer);
        }

        await using CancellationTokenRegistration urged = termination.Urged.Register(() => Environment.Exit(termination.ExitCode));
        await AgentHost.RunAsync(settings, loggers, drain);
        return ExitCode.Done;
    }
}
