using Microsoft.Extensions.Logging;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.NodeAgent.Neighbors;

/// <summary>
/// This process beside a batch job of the same user: on cores that the job's own processes are not bound to, until one of them is.
/// Whatever this process starts inherits its cores.
/// </summary>
public sealed class JobNeighbor
{
    /// <summary>The option of an agent that runs so: by it, agents know each other.</summary>
    public const string Option = "--beside-job";

    /// <summary>How often the job's processes are looked at: a step that begins on lent cores shares them for so long, and for the drain.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private readonly string _job;
    private readonly string _ownStep;
    private readonly IReadOnlyList<int> _allowed;

    private JobNeighbor(string job, string ownStep, IReadOnlyList<int> allowed, IReadOnlyList<int> cores)
    {
        _job = job;
        _ownStep = ownStep;
        _allowed = allowed;
        Cores = cores;
    }

    /// <summary>The processors that are lent.</summary>
    public IReadOnlyList<int> Cores { get; }

    /// <summary>Chooses cores, and pins this process to them.</summary>
    /// <param name="job">The job, as the batch system names it.</param>
    /// <param name="ownStep">The step of it in which this process runs.</param>
    /// <param name="jobCores">How many cores of this node are the job's; null: the batch system does not say.</param>
    /// <param name="count">How many cores are lent.</param>
    /// <param name="named">Or which; null: the highest that are left.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CapacityExhausted"/>: so many are not left, and why.</exception>
    public static JobNeighbor Settle(string job, string ownStep, int? jobCores, int count, IReadOnlyList<int>? named)
    {
        IReadOnlyList<int> allowed = CpuAffinity.GetAllowed();
        IReadOnlyList<NeighborProcess> neighbors = NeighborProcesses.ReadOfJob(job, ownStep);
        IReadOnlyList<int> cores = named is null ? LentCores.Choose(allowed, jobCores, neighbors, count) : LentCores.Check(named, allowed, neighbors);
        CpuAffinity.TryPinProcess(Environment.ProcessId, cores);
        return new JobNeighbor(job, ownStep, allowed, cores);
    }

    /// <summary>Runs an agent until it ends, or is told to leave because the job wants a core back.</summary>
    /// <param name="runAgent">Runs it, until its token is cancelled and it has drained.</param>
    /// <param name="loggers">For people.</param>
    /// <param name="cancellationToken">Somebody else wants it to leave.</param>
    public async Task RunAsync(Func<CancellationToken, Task> runAgent, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task agent = runAgent(leave.Token);
        Task watch = WatchAsync(loggers.CreateLogger("Rowen.NodeAgent"), leave.Token);
        await Task.WhenAny(agent, watch);
        await leave.CancelAsync();
        await Task.WhenAll(agent, watch);
    }

    /// <summary>Ends when the job wants a core back, or when it is cancelled.</summary>
    private async Task WatchAsync(ILogger logger, CancellationToken cancellationToken)
    {
        NeighborLog.Settled(logger, _job, ProcessorList.Format(Cores), ProcessorList.Format(_allowed));
        using var timer = new PeriodicTimer(LookPeriod, TimeProvider.System);
        try
        {
            do
            {
                CpuAffinity.TryPinProcess(Environment.ProcessId, Cores); // again: a thread that was just being made when all were pinned is pinned now
                if (LentCores.FindConflict(Cores, _allowed, NeighborProcesses.ReadOfJob(_job, _ownStep)) is { } conflict)
                {
                    NeighborLog.WantsCores(logger, _job, conflict.Id, conflict.Name, ProcessorList.Format(conflict.Cores), ProcessorList.Format(Cores));
                    return;
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The agent leaves for another reason.
        }
    }
}
