using System.Globalization;
using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>Slurm, by its commands, as the user that we are.</summary>
/// <param name="settings">What pilots are to be.</param>
/// <param name="clusterId">Tells the pilots of this manager from those of others of the same user.</param>
internal sealed class SlurmBatchSystem(HarvestSettings settings, string clusterId) : IBatchSystem
{
    private readonly string _jobName = $"rowen-pilot-{clusterId}";

    // slurmctld is asked for all of the user's jobs anyway: squeue chooses names by itself.
    public async Task<BatchQueue> ListJobsAsync(CancellationToken cancellationToken) => SlurmText.ReadQueue(
        await SlurmCommand.RunAsync(
            "squeue",
            ["--noheader", "--states=all", $"--user={Environment.UserName}", $"--format={SlurmText.QueueFormat}"],
            string.Empty,
            cancellationToken),
        _jobName);

    public async Task LendAsync(LendingJob job, CancellationToken cancellationToken)
    {
        var step = new LendingStep
        {
            Job = job.Id,
            NodeCount = job.NodeCount,
            OfferOptions = ["--cores", job.Offer.Cores.ToString(CultureInfo.InvariantCulture)],
            MemoryBytes = job.Offer.MemoryBytes,
            Bound = job.Offer.Bound,
            AgentCommand = settings.AgentCommand,
            ClusterPath = settings.ClusterPath,
            DrainGrace = LendingStep.NormalGrace,
            StepMpi = settings.StepMpi,
        };
        PilotLogs.Prepare(PilotScript.LogFolder(settings.ClusterPath));
        await SlurmCommand.RunAsync("srun", [$"--output={step.LogPath}", .. step.Arguments], string.Empty, Timeout.InfiniteTimeSpan, cancellationToken);
    }

    public async Task<IReadOnlyList<BatchNode>> ListNodesAsync(CancellationToken cancellationToken)
    {
        string[] partition = settings.Partition is null ? [] : [$"--partition={settings.Partition}"];
        string text = await SlurmCommand.RunAsync(
            "sinfo", ["--noheader", "--Node", .. partition, $"--format={SlurmText.NodeFormat}"], string.Empty, cancellationToken);
        IReadOnlyList<BatchNode> nodes = SlurmText.ReadNodes(text);
        return nodes.Count > 0 ? nodes : throw new RowenException(
            ErrorCode.BatchSystemFailed,
            settings.Partition is null ? "sinfo shows no node." : $"sinfo shows no node in the partition {settings.Partition}: does it exist, and may you use it?");
    }

    public async Task<string> SubmitPilotAsync(IReadOnlyList<string> excluded, CancellationToken cancellationToken)
    {
        var script = new PilotScript(settings, _jobName);
        PilotLogs.Prepare(PilotScript.LogFolder(settings.ClusterPath));
        string answer = await SlurmCommand.RunAsync("sbatch", script.Arguments(excluded), script.Text, cancellationToken);
        return SlurmText.ReadJobOrNone(answer) ?? throw new RowenException(
            ErrorCode.BatchSystemFailed, $"sbatch took a pilot but named no job: '{new string([.. answer.Where(letter => !char.IsControl(letter)).Take(100)])}'.");
    }

    public Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken) =>
        SlurmCommand.RunAsync("scancel", ["--quiet", .. jobs], string.Empty, cancellationToken);
}
