using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting.Slurm;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen share</c>: lends what a job of one's own leaves over.</summary>
internal static class ShareVerb
{
    private static readonly Option<bool> Stop = new("--stop")
    {
        Description = "Ends the lending; the job goes on.",
    };

    public static VerbCommand Create() => new VerbCommand(
        "share",
        "Inside a Slurm job of your own: lends cores and memory of its nodes that it does not use, until it ends. Returns when they are lent.",
        "rowen share --cores 4 --memory 8G",
        "rowen share --cpus 12-15 --memory 8G --bound memory     # the job's own work is",
        "rowen share --stop")
        .WithCluster()
        .With(ShareOptions.Cores).With(ShareOptions.Processors).With(ShareOptions.Memory).With(CommonOptions.Bound).With(ShareOptions.DrainGrace).With(Stop)
        .Checks(FindFault)
        .Runs(RunAsync);

    private static string? FindFault(CommandResult command)
    {
        bool hasCores = IsGiven(command, ShareOptions.Cores);
        bool hasProcessors = IsGiven(command, ShareOptions.Processors);
        bool hasMemory = IsGiven(command, ShareOptions.Memory);
        return command.GetValue(Stop)
            ? hasCores || hasProcessors || hasMemory || IsGiven(command, CommonOptions.Bound) ? $"{Stop.Name} lends nothing: leave the other options out." : null
            : hasCores && hasProcessors ? $"{ShareOptions.Cores.Name} and {ShareOptions.Processors.Name} say the same thing: leave one out."
            : !hasCores && !hasProcessors ? $"How many cores are lent? Say {ShareOptions.Cores.Name} N, or {ShareOptions.Processors.Name} LIST."
            : !hasMemory ? $"How much memory is lent? Say {ShareOptions.Memory.Name} SIZE."
            : null;
    }

    private static bool IsGiven(CommandResult command, Option option) => command.GetResult(option) is { Implicit: false };

    private static Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken) =>
        run.Get(Stop) ? StopAsync(run, cancellationToken) : BeginAsync(run, cancellationToken);

    private static async Task<int> BeginAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var job = new PilotEnvironment();
        IReadOnlyList<int>? processors = run.Get(ShareOptions.Processors);
        int cores = processors?.Count ?? run.Get(ShareOptions.Cores)!.Value;
        long memory = run.Get(ShareOptions.Memory)!.Value;
        SharedJob.Check(job, cores, memory);
        var step = new LendingStep
        {
            Job = job.Job,
            NodeCount = job.NodeCount,
            OfferOptions = processors is null
                ? [ShareOptions.Cores.Name, cores.ToString(CultureInfo.InvariantCulture)]
                : [ShareOptions.Processors.Name, ProcessorList.Format(processors)],
            MemoryBytes = memory,
            Bound = run.Get(CommonOptions.Bound),
            AgentCommand = RowenProgram.Command,
            ClusterPath = Path.GetFullPath(run.ClusterPath),
            DrainGrace = run.Get(ShareOptions.DrainGrace),
        };
        using ManagerClient manager = run.Connect();
        IReadOnlyList<NodeView> nodes = await new SharedJob(job, manager).BeginAsync(step, cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(nodes.ToArray());
            return ExitCode.Done;
        }

        var table = new Table("node", "name", "cores", "memory") { Numbers = [2, 3] };
        foreach (NodeView node in nodes)
        {
            table.Add(node.Id.ToString(), node.Name, node.Cores.ToString(CultureInfo.InvariantCulture), Units.Bytes(node.MemoryBytes));
        }

        run.Write(table);
        string missing = nodes.Count < step.NodeCount ? $" {step.NodeCount - nodes.Count} of its nodes lend nothing: {step.LogPath} says why." : string.Empty;
        run.WriteLine($"Job {job.Job} lends these until it ends, or until `rowen share --stop`.{missing}");
        return ExitCode.Done;
    }

    private static async Task<int> StopAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var job = new PilotEnvironment();
        SharedJob.CheckInside(job);
        using ManagerClient manager = run.Connect();
        bool didLend = await new SharedJob(job, manager).EndAsync(cancellationToken);
        run.WriteLine(didLend ? $"Job {job.Job} lends nothing any more." : $"Job {job.Job} lent nothing.");
        return ExitCode.Done;
    }
}
