using System.Diagnostics;
using System.Globalization;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Harvesting.Slurm;

namespace Rowen.Cli.Roles;

/// <summary>A Slurm job of the user's own whose leftovers a cluster may use.</summary>
/// <param name="job">What Slurm says of it.</param>
/// <param name="manager">The cluster's manager.</param>
internal sealed class SharedJob(PilotEnvironment job, ManagerClient manager)
{
    private static readonly TimeSpan JoinBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>Refuses what the job cannot give.</summary>
    /// <exception cref="RowenException">Says what, and what to do.</exception>
    public static void Check(PilotEnvironment job, int cores, long memoryBytes)
    {
        CheckInside(job);
        if (job.FewestCores is { } have && cores >= have)
        {
            throw new RowenException(
                ErrorCode.CapacityExhausted,
                $"Job {job.Job} has {have} cores on a node: lending {cores} would leave none for itself. Lend {have - 1} or fewer.");
        }

        if (job.MemoryBytes is { } memory && memoryBytes > memory)
        {
            throw new RowenException(
                ErrorCode.CapacityExhausted,
                $"Job {job.Job} has {memory >> 20} MiB on each node, not the {memoryBytes >> 20} MiB that would be lent. Lend less, or let the job ask for more with --mem.");
        }
    }

    /// <summary>Refuses to look for a job where there is none.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>.</exception>
    public static void CheckInside(PilotEnvironment job)
    {
        if (job.Job.Length == 0)
        {
            throw new RowenException(
                ErrorCode.BadRequest,
                "`rowen share` lends what a job leaves over, and runs inside that: SLURM_JOB_ID is not set here. Say it in the job's script, or in the shell of `salloc`.");
        }
    }

    /// <summary>Starts an agent on each node, and waits until all have joined.</summary>
    /// <returns>The nodes that did.</returns>
    public async Task<IReadOnlyList<NodeView>> BeginAsync(LendingStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<NodeView> present = [];
        _ = await UntilAsync(
            async () =>
            {
                present = await ListAsync(cancellationToken);
                return present.Count == 0 || present.Any(node => node.State != "draining"); // those that leave have left soon
            },
            StopMargin,
            cancellationToken);
        if (present.Count > 0)
        {
            throw new RowenException(ErrorCode.BadRequest, $"Job {job.Job} lends already. `rowen share --stop` ends that.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(step.LogPath)!);
        using Process srun = DetachedProgram.Start(await StartInfoAsync(step, cancellationToken), step.LogPath);
        try
        {
            return await WaitAsync(srun, step, cancellationToken);
        }
        catch (Exception) when (!srun.HasExited)
        {
            srun.Kill(entireProcessTree: true); // Slurm ends the step of a lost srun
            throw;
        }
    }

    /// <summary>Asks the agents to leave, and waits until they have.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> EndAsync(CancellationToken cancellationToken)
    {
        if (!await LendingStep.StopAsync(job.Job, cancellationToken))
        {
            return false;
        }

        if (!await UntilAsync(async () => (await ListAsync(cancellationToken)).Count == 0, StopMargin, cancellationToken))
        {
            throw new RowenException(
                ErrorCode.BatchSystemFailed, $"The agents of job {job.Job} were told to leave, and have not within {StopMargin.TotalSeconds:0} s. `scancel` of its step {LendingStep.Name} ends them.");
        }

        return true;
    }

    private async Task<IReadOnlyList<NodeView>> WaitAsync(Process srun, LendingStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<NodeView> joined = [];
        bool isDone = await UntilAsync(
            async () =>
            {
                joined = await ListAsync(cancellationToken);
                return srun.HasExited || joined.Count(node => node.State == "up") >= step.NodeCount;
            },
            JoinBound,
            cancellationToken);
        if (srun.HasExited)
        {
            throw new RowenException(
                ErrorCode.BatchSystemFailed, $"Job {job.Job} lends nothing: {Why(step.LogPath)} The log is {step.LogPath}.");
        }

        return isDone || joined.Count > 0 ? joined : throw new RowenException(
            ErrorCode.BatchSystemFailed, $"No agent of job {job.Job} has joined within {JoinBound.TotalSeconds:0} s. The log is {step.LogPath}.");
    }

    /// <summary>What an agent said, rather than that it ended.</summary>
    private static string Why(string log) =>
        File.ReadLines(log).LastOrDefault(line => line.StartsWith("rowen agent: ", StringComparison.Ordinal)) ?? DetachedProgram.LastWords(log);

    private async Task<IReadOnlyList<NodeView>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await manager.GetNodesAsync(cancellationToken)).Where(node => node.BatchJob == job.Job && !node.HasLeft)];

    private async Task<ProcessStartInfo> StartInfoAsync(LendingStep step, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("srun", step.Arguments);
        StepEnvironment.Clear(start.Environment);
        if (await job.FindTimeLeftAsync(cancellationToken) is { } left)
        {
            // Asked once, not by each agent.
            start.Environment[PilotEnvironment.EndVariable] = (TimeProvider.System.GetUtcNow() + left).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }

        return start;
    }

    private static async Task<bool> UntilAsync(Func<Task<bool>> isDone, TimeSpan bound, CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (!await isDone())
        {
            if (Stopwatch.GetElapsedTime(startedAt) > bound)
            {
                return false;
            }

            await Task.Delay(PollPeriod, TimeProvider.System, cancellationToken);
        }

        return true;
    }
}
