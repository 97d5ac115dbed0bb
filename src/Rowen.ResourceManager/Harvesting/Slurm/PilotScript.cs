using static System.FormattableString;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>The job script of a pilot, and the arguments with which it is submitted.</summary>
/// <param name="settings">What pilots are to be.</param>
/// <param name="jobName">By which we and people recognise them.</param>
internal sealed class PilotScript(HarvestSettings settings, string jobName)
{
    /// <summary>
    /// The script. Its last line must be a step: a batch script that is preempted is told nothing while a grace time runs,
    /// and the batch job that wants the node waits for 10 to 17 seconds instead of half a second (SLURM.md, rule 1).
    /// </summary>
    public string Text =>
        "#!/bin/sh\n"
        + "# A node agent of Rowen. It gives the node back within seconds when Slurm asks.\n"
        + $"exec srun --kill-on-bad-exit=0 --ntasks=1 --cpus-per-task=\"$SLURM_CPUS_ON_NODE\" --mpi={ShellWord.Of(settings.StepMpi)} "
        + string.Join(' ', AgentCommand.Select(ShellWord.Of)) + "\n";

    /// <summary>Arguments of <c>sbatch</c>.</summary>
    public List<string> Arguments(IReadOnlyList<string> excluded)
    {
        List<string> arguments =
        [
            "--parsable", $"--job-name={jobName}", "--comment=rowen:pilot", "--nodes=1", "--no-requeue", "--chdir=/",
            $"--output={Path.Combine(LogFolder(settings.ClusterPath), "%j.log")}", "--open-mode=append",
        ];
        if (settings.PilotCores is { } cores)
        {
            arguments.AddRange(["--ntasks=1", Invariant($"--cpus-per-task={cores}")]);
        }
        else
        {
            arguments.Add("--exclusive");
        }

        if (settings.PilotMemoryBytes is { } memory)
        {
            arguments.Add(Invariant($"--mem={memory >> 20}M"));
        }
        else if (settings.PilotCores is null)
        {
            arguments.Add("--mem=0"); // all of the node's: an exclusive job owns the cores, but only the memory that it asks for
        }

        AddIf(settings.Partition is not null, $"--partition={settings.Partition}");
        AddIf(settings.TimeLimit is not null, Invariant($"--time={Math.Ceiling((settings.TimeLimit ?? default).TotalMinutes)}"));
        AddIf(excluded.Count > 0, $"--exclude={string.Join(',', excluded)}");
        arguments.AddRange(settings.SubmitArguments);
        return arguments;

        void AddIf(bool condition, string argument)
        {
            if (condition)
            {
                arguments.Add(argument);
            }
        }
    }

    /// <summary>Where pilots print: beside the cluster file, which the nodes must see too.</summary>
    public static string LogFolder(string clusterPath) => Path.Combine(Path.GetDirectoryName(clusterPath)!, "pilots");

    private IEnumerable<string> AgentCommand =>
    [
        .. settings.AgentCommand, "agent", "--pilot", "--cluster", settings.ClusterPath,
        "--drain-grace", Invariant($"{settings.DrainGrace.TotalMilliseconds}ms"),
    ];
}
