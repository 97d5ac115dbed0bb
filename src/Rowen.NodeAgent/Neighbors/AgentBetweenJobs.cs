using Microsoft.Extensions.Logging;

namespace Rowen.NodeAgent.Neighbors;

/// <summary>An agent on a node that belongs to a batch system and is in no job of it: it offers the node while no job is there, as the site's hooks tell.</summary>
public static class AgentBetweenJobs
{
    /// <summary>How often the folder is looked into: some microseconds each time.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs until it is cancelled, or the agent leaves for another reason than a job.</summary>
    /// <param name="folder">Where the hooks write.</param>
    /// <param name="runAgent">Runs an agent until its token is cancelled and it has drained.</param>
    /// <param name="loggers">For people.</param>
    /// <param name="cancellationToken">Drains and ends it.</param>
    /// <exception cref="Rowen.Protocol.Errors.RowenException">Another agent serves the folder, or it cannot be made.</exception>
    public static async Task RunAsync(HookFolder folder, Func<CancellationToken, Task> runAgent, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger("Rowen.NodeAgent");
        using IDisposable claim = folder.Claim();
        while (!cancellationToken.IsCancellationRequested)
        {
            await WaitWhileAsync(folder, jobs => jobs.Count > 0, folder.MakeWay, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            folder.MakeWay([]);
            using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task agent = runAgent(leave.Token);
            Task jobComes = WaitWhileAsync(folder, jobs => jobs.Count == 0, null, leave.Token);
            await Task.WhenAny(agent, jobComes);
            bool isForJob = !agent.IsCompleted && !cancellationToken.IsCancellationRequested;
            await leave.CancelAsync();
            await Task.WhenAll(agent, jobComes);
            if (!isForJob)
            {
                return;
            }

            NeighborLog.MadeWay(logger, string.Join(", ", folder.Jobs()));
        }
    }

    private static async Task WaitWhileAsync(
        HookFolder folder, Func<IReadOnlyList<string>, bool> isSo, Action<IReadOnlyCollection<string>>? each, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookPeriod, TimeProvider.System);
        try
        {
            for (IReadOnlyList<string> jobs = folder.Jobs(); isSo(jobs); jobs = folder.Jobs())
            {
                each?.Invoke(jobs);
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever waits looks at the token.
        }
    }
}
