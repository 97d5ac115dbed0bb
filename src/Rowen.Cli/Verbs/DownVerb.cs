using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen down</c>.</summary>
internal static class DownVerb
{
    // Agents drain for five seconds, and the manager waits for them.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    public static VerbCommand Create() => new VerbCommand(
        "down", "Ends the cluster: leases end, agents leave, the manager closes. Returns when it is gone.", "rowen down")
        .WithCluster()
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        string path = run.ClusterPath;
        if (ClusterPresence.StaleOrNone(path) is { } stale)
        {
            ClusterPresence.Remove(path, stale);
            Say(run, new DownAnswer(path, HadEnded: true));
            return ExitCode.Done;
        }

        ClusterFile cluster = ClusterFiles.Read(path);
        using (var manager = new ManagerClient(cluster))
        {
            await manager.ShutDownAsync(cancellationToken);
        }

        await WaitUntilGoneAsync(cluster, cancellationToken);
        ClusterPresence.Remove(path, cluster); // `up` has removed it, unless it ran on another host
        Say(run, new DownAnswer(path, HadEnded: false));
        return ExitCode.Done;
    }

    private static void Say(VerbRun run, DownAnswer answer)
    {
        if (run.IsJson)
        {
            run.WriteJson(answer, CliJson.Default.DownAnswer);
        }
        else
        {
            run.WriteLine(answer.HadEnded ? $"The cluster had ended already; removed {answer.Cluster}." : "The cluster is down.");
        }
    }

    private static async Task WaitUntilGoneAsync(ClusterFile cluster, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(EndTimeout);
        try
        {
            while (await IsThereAsync(cluster, bound.Token))
            {
                await Task.Delay(PollPeriod, TimeProvider.System, bound.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RowenException(
                ErrorCode.Internal,
                $"The cluster of process {cluster.ManagerProcessId} on {cluster.ManagerHost} was told to end, and has not within {EndTimeout.TotalSeconds:0} seconds. See its log, or kill it.");
        }
    }

    private static async Task<bool> IsThereAsync(ClusterFile cluster, CancellationToken cancellationToken)
    {
        if (ClusterPresence.IsHere(cluster))
        {
            return ClusterPresence.IsRunning(cluster.ManagerProcessId);
        }

        try
        {
            using var manager = new ManagerClient(cluster);
            await manager.GetVersionAsync(cancellationToken);
            return true;
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.ManagerUnreachable)
        {
            return false;
        }
    }
}
