using System.CommandLine;
using System.Net;
using Rowen.Cli.Admin;
using Rowen.Cli.Fabrics;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Fabric;
using Rowen.Fabric.Libfabric;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting.Slurm.Examination;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen doctor</c>: what this machine has for Rowen to use, what to install, which nodes reach each other, and what of Slurm is in the way.</summary>
internal static class DoctorVerb
{
    /// <summary>A pair takes some three seconds: nobody waits for more than this.</summary>
    private const int MaxNodes = 32;

    private static readonly Option<bool> Nodes = new("--nodes")
    {
        Description = "Also have every node of the cluster try the fabrics to every other: a few seconds for each pair.",
    };

    private static readonly Option<bool> Slurm = new("--slurm")
    {
        Description = "Also judge Slurm's configuration, and how long a batch job would wait for a pilot's node. Three calls of scontrol.",
    };

    private static readonly Option<bool> TryJobs = new("--try-jobs")
    {
        Description = "With --slurm: also submits two jobs of one core, for seconds, to two idle nodes, which try to reach each other. The cluster file's folder must be one that nodes see.",
    };

    /// <summary>What pilots would ask for decides what is wrong.</summary>
    private static Option[] OfPilots => [HarvestOptions.Partition, HarvestOptions.PilotCores, HarvestOptions.TimeLimit, HarvestOptions.DrainGrace, TryJobs];

    public static VerbCommand Create() => new VerbCommand(
        "doctor",
        "Says which fabrics this machine has, which Rowen uses, and what to install for more. Tries nothing here: see `rowen fabric check`.",
        "rowen doctor",
        "rowen doctor --nodes",
        "rowen doctor --slurm --partition harvest",
        "rowen doctor --slurm --try-jobs --cluster /shared/me/cluster.json",
        "rowen doctor --output json")
        .WithCluster()
        .With(Nodes).With(Slurm)
        .With(HarvestOptions.Partition).With(HarvestOptions.PilotCores).With(HarvestOptions.TimeLimit).With(HarvestOptions.DrainGrace).With(TryJobs)
        .Checks(command => HarvestOptions.FindStray(command, Slurm, OfPilots))
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        DoctorAnswer answer = DoctorAnswer.Examine(FastNetworks.FindDevices(), LibfabricInventory.Read(IPAddress.Loopback));
        if (run.Get(Nodes))
        {
            answer = answer with { Pairs = await TryPairsAsync(run, cancellationToken) };
        }

        if (run.Get(Slurm))
        {
            var question = new SlurmQuestion(
                run.Get(HarvestOptions.Partition), run.Get(HarvestOptions.TimeLimit), run.Get(HarvestOptions.DrainGrace), run.Get(HarvestOptions.PilotCores));
            SlurmReport report = await SlurmDoctor.ExamineAsync(question, TimeProvider.System, cancellationToken);
            answer = answer with { Slurm = report.With(await ExamineFurtherAsync(run, question, cancellationToken)) };
        }

        if (run.IsJson)
        {
            run.WriteJson(answer, FabricJson.Default.DoctorAnswer);
        }
        else
        {
            Write(run, answer);
        }

        bool isWell = answer.Slurm is not { HasProblem: true } && answer.Pairs?.Any(pair => pair.Chosen is null) is not true;
        return isWell ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>What Slurm's configuration does not say.</summary>
    private static async Task<IReadOnlyList<SlurmFinding>> ExamineFurtherAsync(VerbRun run, SlurmQuestion question, CancellationToken cancellationToken)
    {
        List<SlurmFinding> findings = [];
        if (await AgentVersions.FindAsync(run.ClusterPath, cancellationToken) is { } versions)
        {
            findings.Add(versions);
        }

        if (run.Get(TryJobs))
        {
            string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(run.ClusterPath))!, $"doctor-{Environment.ProcessId}");
            ClusterFolders.Create(folder);
            try
            {
                findings.Add(await new SlurmReach(question, RowenProgram.Command, folder, TimeProvider.System).TryAsync(cancellationToken));
            }
            finally
            {
                ClusterFolders.Remove(folder);
            }
        }

        return findings;
    }

    private static void Write(VerbRun run, DoctorAnswer answer)
    {
        var table = new Table("provider", "works", "for", "remark");
        foreach (ProviderDiagnosis each in answer.Providers)
        {
            table.Add(each.Name, each.IsUsable ? "yes" : "no", each.Purpose, each.Remark ?? string.Empty);
        }

        run.Write(table);
        run.Out.WriteLine();
        FabricPages.Write(run.Out, run.IsTerminal, answer.Libfabric, answer.Devices);
        if (answer.Pairs is { } pairs)
        {
            run.Out.WriteLine();
            run.Write(FabricPages.Reach(pairs));
        }

        if (answer.Slurm is { } slurm)
        {
            run.Out.WriteLine();
            SlurmPage.Write(run.Out, slurm);
        }
    }

    /// <summary>Both directions of each pair: who may call whom is not the same where there are firewalls.</summary>
    private static async Task<List<NodePair>> TryPairsAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        NodeView[] nodes = [.. (await manager.GetNodesAsync(cancellationToken)).Where(node => node.State == "up")];
        if (nodes.Length > MaxNodes)
        {
            throw new RowenException(ErrorCode.BadRequest, $"{nodes.Length} nodes are up: `rowen doctor --nodes` tries the pairs of {MaxNodes} at most.");
        }

        List<NodePair> pairs = [];
        foreach (NodeView from in nodes)
        {
            foreach (NodeView to in nodes.Where(other => other.Id != from.Id))
            {
                await run.Error.WriteLineAsync($"{from.Name} tries to reach {to.Name} ...");
                pairs.Add(await TryAsync(manager, from, to, cancellationToken));
            }
        }

        return pairs;
    }

    /// <summary>A node that is lost meanwhile is a finding like any other.</summary>
    private static async Task<NodePair> TryAsync(ManagerClient manager, NodeView from, NodeView to, CancellationToken cancellationToken)
    {
        NodeTrial trial;
        try
        {
            trial = await manager.TryFabricsAsync(from.Id, to.Id, cancellationToken);
        }
        catch (RowenException exception) when (exception.Code is ErrorCode.PeerLost or ErrorCode.UnknownNode or ErrorCode.MalformedMessage)
        {
            trial = new NodeTrial { Problem = exception.Message };
        }

        return new NodePair(
            from.Id.ToString(), from.Name, to.Id.ToString(), to.Name, trial.Problem, trial.Chosen, trial.Findings, trial.WhyNotFaster);
    }
}
