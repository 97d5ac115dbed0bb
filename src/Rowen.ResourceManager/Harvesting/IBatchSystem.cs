using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>The batch system that owns the cluster: Rowen asks it for what it leaves idle, and for nothing else.</summary>
/// <remarks>Every call costs the batch system something: <see cref="Harvester"/> keeps to a budget. Failures are <see cref="RowenException"/>s with the batch system's own words.</remarks>
internal interface IBatchSystem
{
    /// <summary>Our pilot jobs (waiting, running, and those that ended not long ago), and the jobs of ours that offer their leftovers: one question.</summary>
    public Task<BatchQueue> ListJobsAsync(CancellationToken cancellationToken);

    /// <summary>Starts agents beside a job's own work, on what it offers.</summary>
    /// <returns>Completes when all of them have left; or fails.</returns>
    public Task LendAsync(LendingJob job, CancellationToken cancellationToken);

    /// <summary>The nodes that pilots may run on.</summary>
    public Task<IReadOnlyList<BatchNode>> ListNodesAsync(CancellationToken cancellationToken);

    /// <summary>Asks for one node, for one agent.</summary>
    /// <param name="excluded">Nodes that it must not run on: those that would have to be woken.</param>
    /// <param name="cancellationToken">Stops the wait, not the job.</param>
    /// <returns>The job's name.</returns>
    public Task<string> SubmitPilotAsync(IReadOnlyList<string> excluded, CancellationToken cancellationToken);

    /// <summary>Takes jobs back; those that are over already are no error.</summary>
    public Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken);
}
