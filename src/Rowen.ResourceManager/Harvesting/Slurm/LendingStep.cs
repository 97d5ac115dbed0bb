using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Placement;
using static System.FormattableString;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>The step of a running job by which its owner lends what the job leaves over: an agent on each of its nodes, beside the job's own steps.</summary>
/// <remarks>
/// <c>--overlap</c>: neither does it wait for what the job's own steps hold, nor they for what it holds. No <c>--cpus-per-task</c>, which would have
/// Slurm choose cores, and the same as for the job's own steps: the agents see all of the job's, and choose among what is left.
/// </remarks>
public sealed record LendingStep
{
    /// <summary>By which people and we recognise it among the job's steps.</summary>
    public const string Name = "rowen-share";

    /// <summary>The grace where nobody has chosen one: what the job's end waits for at most.</summary>
    public static TimeSpan NormalGrace { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>How many nodes the job has: all lend.</summary>
    public required int NodeCount { get; init; }

    /// <summary>What each node lends, as options of <c>rowen agent</c>.</summary>
    public required IReadOnlyList<string> OfferOptions { get; init; }

    /// <summary>Memory of each node that the step may use, agent included.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>What bounds the job's own work, if its owner has said so.</summary>
    public BoundBy Bound { get; init; }

    /// <summary>The program, and the first arguments, that run a node agent.</summary>
    public required IReadOnlyList<string> AgentCommand { get; init; }

    /// <summary>Absolute path of the cluster file.</summary>
    public required string ClusterPath { get; init; }

    /// <summary>How long running invocations may finish at the job's end: for so long its nodes are not free for the next one.</summary>
    public required TimeSpan DrainGrace { get; init; }

    /// <summary>Which <c>srun --mpi</c> it uses.</summary>
    public string StepMpi { get; init; } = "none";

    /// <summary>Arguments of <c>srun</c>.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        $"--jobid={Job}", $"--job-name={Name}", "--overlap", Invariant($"--nodes={NodeCount}"), Invariant($"--ntasks={NodeCount}"), "--ntasks-per-node=1",
        Invariant($"--mem={MemoryBytes >> 20}M"), "--cpu-bind=none", $"--mpi={StepMpi}", "--kill-on-bad-exit=0", "--chdir=/", "--input=none",
        .. AgentCommand, "agent", "--pilot", "--beside-job", "--cluster", ClusterPath, .. OfferOptions,
        "--memory", Invariant($"{MemoryBytes >> 20}M"), "--drain-grace", Invariant($"{DrainGrace.TotalMilliseconds}ms"),
        .. Bound == BoundBy.Unknown ? Array.Empty<string>() : ["--bound", Interference.Write(Bound)],
    ];

    /// <summary>What such a step prints goes here: beside the pilots' logs.</summary>
    public string LogPath => Path.Combine(PilotScript.LogFolder(ClusterPath), $"share-{Job}.log");

    /// <summary>Asks a job's lending steps to end; what they run may finish within their grace.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.BatchSystemFailed"/>.</exception>
    public static async Task<bool> StopAsync(string job, CancellationToken cancellationToken)
    {
        string text = await SlurmCommand.RunAsync(
            "squeue", ["--noheader", "--steps", $"--jobs={job}", $"--format={SlurmText.StepFormat}"], string.Empty, cancellationToken);
        IReadOnlyList<string> steps = SlurmText.ReadSteps(text, Name);
        if (steps.Count > 0)
        {
            await SlurmCommand.RunAsync("scancel", ["--signal=TERM", .. steps], string.Empty, cancellationToken);
        }

        return steps.Count > 0;
    }
}
