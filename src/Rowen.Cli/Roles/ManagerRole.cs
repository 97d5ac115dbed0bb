using Microsoft.Extensions.Logging;
using Rowen.Cli.Logging;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager;

namespace Rowen.Cli.Roles;

/// <summary>A manager in this process, with its cluster file for as long as it takes calls.</summary>
internal static class ManagerRole
{
    /// <summary>Runs until it is cancelled, or the cluster is taken down.</summary>
    /// <param name="settings">What it needs to know.</param>
    /// <param name="path">Where the cluster file goes.</param>
    /// <param name="isVerbose">Whether details are logged.</param>
    /// <param name="started">Called with the cluster file when it takes calls.</param>
    /// <param name="cancellationToken">Ends the manager; nodes go on.</param>
    public static async Task RunAsync(
        ManagerSettings settings, string path, bool isVerbose, Action<ClusterFile> started, CancellationToken cancellationToken)
    {
        ClusterFolders.Create(settings.StateFolder);
        ClusterFile? written = null;
        try
        {
            await ManagerHost.RunAsync(
                settings,
                builder => LineLoggerProvider.Configure(builder, isVerbose ? LogLevel.Debug : LogLevel.Information),
                addresses =>
                {
                    written = settings.ListenTcp is null ? addresses.ForThisNode() : addresses.ForOtherNodes();
                    ClusterFiles.Write(path, written);
                    started(written);
                },
                cancellationToken);
        }
        finally
        {
            // Ended in order, not killed: clients should hear "no cluster", not try a socket that nobody serves.
            if (written is not null)
            {
                ClusterPresence.Remove(path, written);
            }
        }
    }

    /// <summary>Runs until the cluster is taken down; cancellation takes it down: nodes leave, and only then does this return.</summary>
    public static async Task RunWithClusterAsync(
        ManagerSettings settings, string path, bool isVerbose, Action<ClusterFile> started, CancellationToken cancellationToken)
    {
        ClusterFile? cluster = null;
        using var end = new CancellationTokenSource();
        Task running = RunAsync(
            settings,
            path,
            isVerbose,
            file =>
            {
                cluster = file;
                started(file);
            },
            end.Token);
        await Task.WhenAny(running, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));
        if (!running.IsCompleted && cluster is not null)
        {
            try
            {
                using var manager = new ManagerClient(cluster);
                await manager.ShutDownAsync(CancellationToken.None);
            }
            catch (RowenException)
            {
                await end.CancelAsync(); // it does not hear: then it ends alone
            }
        }
        else
        {
            await end.CancelAsync();
        }

        await running;
    }
}
