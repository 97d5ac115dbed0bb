using System.Diagnostics;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen down</c>.</summary>
internal static class DownVerb
{
    // Agents drain for five seconds, and the manager waits for them.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

    // An idle cluster is gone by then; whoever waits longer wants to know for what.
    private static readonly TimeSpan NotePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    public static VerbCommand Create() => new VerbCommand(
        "down", "Ends the cluster: leases end, agents leave, the manager closes. Returns when it is gone.", "rowen down")
        .WithCluster().With(RoleOptions.State)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        string path = run.ClusterPath;
        if (ClusterPresence.StaleOrNone(path) is { } stale)
        {
            ClusterPresence.Remove(path, stale);
            if (OwnerOrNone(run) is { } other)
            {
                return await EndProcessAsync(run, other, cancellationToken); // the file was of an earlier cluster than the one that runs
            }

            Say(run, new DownAnswer(path, HadEnded: true));
            return ExitCode.Done;
        }

        ClusterFile cluster;
        try
        {
            cluster = ClusterFiles.Read(path);
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.BadClusterFile && OwnerOrNone(run) is { } owner)
        {
            // The file is gone or spoilt, and its cluster runs: the state folder names the process, which is ours.
            return await EndProcessAsync(run, owner, cancellationToken);
        }

        using (var manager = new ManagerClient(cluster))
        {
            await manager.ShutDownAsync(cancellationToken);
        }

        await WaitUntilGoneAsync(run, cluster, cancellationToken);
        ClusterPresence.Remove(path, cluster); // `up` has removed it, unless it ran on another host
        Say(run, new DownAnswer(path, HadEnded: false));
        return ExitCode.Done;
    }

    private static string StateOf(VerbRun run) => Path.GetFullPath(run.Get(RoleOptions.State)!);

    /// <summary>The manager of the state folder, where that is certainly the one that is meant.</summary>
    private static ProcessMark? OwnerOrNone(VerbRun run) =>
        run.Has(RoleOptions.State) || run.ClusterPath == ClusterFiles.DefaultPath ? ClusterPresence.OwnerOrNone(StateOf(run)) : null;

    private static async Task<int> EndProcessAsync(VerbRun run, ProcessMark process, CancellationToken cancellationToken)
    {
        if (!process.IsHere)
        {
            throw new RowenException(
                ErrorCode.StateFolderInUse,
                $"The cluster of {StateOf(run)} was not ended: its manager is {process.Description}, which cannot be reached from here (another host, or a container), and no cluster file says how. Run `rowen down` there.");
        }

        _ = ProcessControl.Kill(process.ProcessId, ProcessSignal.Terminate);
        await WaitUntilAsync(() => Task.FromResult(!process.IsHere), $"The cluster of {process.Description}", cancellationToken);
        Say(run, new DownAnswer(StateOf(run), HadEnded: false));
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

    private static async Task WaitUntilGoneAsync(VerbRun run, ClusterFile cluster, CancellationToken cancellationToken)
    {
        using var manager = new ManagerClient(cluster);
        var note = new LeavingNote(manager, what => SayWaiting(run, what));
        long notedAt = Stopwatch.GetTimestamp();
        await WaitUntilAsync(
            IsGoneAsync, $"The cluster of process {cluster.ManagerProcessId} on {cluster.ManagerHost}", cancellationToken);

        async Task<bool> IsGoneAsync()
        {
            bool isThere = await IsThereAsync(cluster, cancellationToken);
            if (isThere && Stopwatch.GetElapsedTime(notedAt) >= NotePeriod)
            {
                await note.UpdateAsync(cancellationToken);
                notedAt = Stopwatch.GetTimestamp();
            }

            return !isThere;
        }
    }

    private static void SayWaiting(VerbRun run, string what)
    {
        if (!run.IsJson)
        {
            run.Error.WriteLine($"rowen down: waits for {what}.");
        }
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> isGone, string what, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(EndTimeout);
        try
        {
            while (!await isGone())
            {
                await Task.Delay(PollPeriod, TimeProvider.System, bound.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RowenException(
                ErrorCode.Internal,
                $"{what} was told to end, and has not within {EndTimeout.TotalSeconds:0} seconds. See its log, or kill it.");
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
