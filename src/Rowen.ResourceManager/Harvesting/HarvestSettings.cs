using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>How a manager takes idle nodes from a batch system, and gives them back.</summary>
public sealed record HarvestSettings
{
    /// <summary>Absolute path of the cluster file by which pilots find the manager; on a file system that the nodes share.</summary>
    public required string ClusterPath { get; init; }

    /// <summary>The program, and the first arguments, that run a node agent: <c>agent</c> and its options are added.</summary>
    public required IReadOnlyList<string> AgentCommand { get; init; }

    /// <summary>The partition that pilots are submitted to.</summary>
    /// <value>Null: the batch system's default.</value>
    public string? Partition { get; init; }

    /// <summary>How many nodes may be held at a time, pilots that wait for one included.</summary>
    /// <value>16; from 1 to 10,000.</value>
    public int MaxNodes { get; init; } = 16;

    /// <summary>How many pilots may wait in the batch system's queue at a time.</summary>
    /// <value>4; from 1 to 1,000.</value>
    public int MaxPending { get; init; } = 4;

    /// <summary>Nodes that are kept ready beyond what is needed now.</summary>
    /// <value>0: a node is asked for when a lease waits for it; up to 10,000.</value>
    public int HeadStart { get; init; }

    /// <summary>Cores of each node; null: whole nodes.</summary>
    public int? PilotCores { get; init; }

    /// <summary>Memory of each node in bytes; null: its share of the cores, or all of a whole node.</summary>
    public long? PilotMemoryBytes { get; init; }

    /// <summary>How long a pilot asks for.</summary>
    /// <value>1 hour; from 1 minute to 30 days. Null: the partition's default.</value>
    public TimeSpan? TimeLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a node may lie idle before it is given back.</summary>
    /// <value>1 minute; from 1 second to 1 day.</value>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long running invocations may finish when the batch system wants a node back. Less than Slurm's KillWait.</summary>
    /// <value>5 ms; from 0 to 10 minutes. Slurm looks whether a pilot has ended 20, 70, 170, 670 and 1,670 ms after it said so: who needs a little longer, keeps the batch job waiting much longer.</value>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The least time between two questions to the batch system; submissions and cancellations come beside that.</summary>
    /// <value>15 seconds, as any user may; a site that agreed to it says 1 second. From 0.1 second to 10 minutes.</value>
    public TimeSpan PollPeriod { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>More arguments of <c>sbatch</c>, as they are: account, constraint, quality of service.</summary>
    public IReadOnlyList<string> SubmitArguments { get; init; } = [];

    /// <summary>Which <c>srun --mpi</c> the agent's step uses.</summary>
    /// <value><c>none</c>: agents need no MPI. On Slingshot that may lose the network's permission; name the site's default there.</value>
    public string StepMpi { get; init; } = "none";

    /// <summary>Checks every setting against its range.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: names the setting that is wrong.</exception>
    public void Check()
    {
        string? fault =
            !Path.IsPathFullyQualified(ClusterPath) ? $"{nameof(ClusterPath)} is '{ClusterPath}'; it must be an absolute path."
            : AgentCommand.Count == 0 ? $"{nameof(AgentCommand)} is empty."
            : MaxNodes is < 1 or > 10_000 ? $"{nameof(MaxNodes)} must be 1 to 10,000."
            : MaxPending is < 1 or > 1_000 ? $"{nameof(MaxPending)} must be 1 to 1,000."
            : HeadStart is < 0 or > 10_000 ? $"{nameof(HeadStart)} must be 0 to 10,000."
            : PilotCores < 1 ? $"{nameof(PilotCores)} must be 1 or more."
            : TimeLimit is { } limit && (limit < TimeSpan.FromMinutes(1) || limit > TimeSpan.FromDays(30)) ? $"{nameof(TimeLimit)} must be 1 minute to 30 days."
            : IdleTimeout < TimeSpan.FromSeconds(1) || IdleTimeout > TimeSpan.FromDays(1) ? $"{nameof(IdleTimeout)} must be 1 second to 1 day."
            : DrainGrace < TimeSpan.Zero || DrainGrace > TimeSpan.FromMinutes(10) ? $"{nameof(DrainGrace)} must be 0 to 10 minutes."
            : PollPeriod < TimeSpan.FromSeconds(0.1) || PollPeriod > TimeSpan.FromMinutes(10) ? $"{nameof(PollPeriod)} must be 0.1 second to 10 minutes."
            : null;
        if (fault is not null)
        {
            throw new RowenException(ErrorCode.BadRequest, $"Harvesting cannot start: {fault}");
        }
    }
}
