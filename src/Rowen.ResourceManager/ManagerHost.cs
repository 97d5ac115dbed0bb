using System.Reflection;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Auditing;
using Rowen.ResourceManager.CodePackages;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Harvesting.Slurm;
using Rowen.ResourceManager.Http;
using Rowen.ResourceManager.Journal;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Limits;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager;

/// <summary>Runs a resource manager within this process.</summary>
public static class ManagerHost
{
    /// <summary>Rowen's version, as clients and agents see it.</summary>
    public static string RowenVersion { get; } =
        typeof(ManagerHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Runs a manager until it is cancelled, or the cluster is taken down (<c>POST /v1/shutdown</c>).</summary>
    /// <param name="settings">State folder, listeners, limits.</param>
    /// <param name="configureLogging">Adds log providers; null: nothing is logged.</param>
    /// <param name="started">Called once, when the manager takes calls.</param>
    /// <param name="cancellationToken">
    /// Ends the manager and leaves the cluster as it is: agents serve their leases until they expire, and the next manager
    /// on the same state folder takes over.
    /// </param>
    /// <returns>Completes when everything is durable and closed; on cancellation too, without an exception.</returns>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.StateFolderInUse"/>, <see cref="ErrorCode.StorageFailed"/> (also a damaged state),
    /// <see cref="ErrorCode.OtherVersion"/>, <see cref="ErrorCode.BadRequest"/> (options, addresses).
    /// </exception>
    /// <remarks>Touches neither the console nor the signals of the process.</remarks>
    public static Task RunAsync(
        ManagerSettings settings,
        Action<ILoggingBuilder>? configureLogging,
        Action<ManagerAddresses>? started,
        CancellationToken cancellationToken = default) =>
        RunAsync(settings, configureLogging, started, TimeProvider.System, cancellationToken);

    internal static async Task RunAsync(
        ManagerSettings settings,
        Action<ILoggingBuilder>? configureLogging,
        Action<ManagerAddresses>? started,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        settings.Check();
        using StateFolder folder = StateFolder.Take(settings.StateFolder);
        using LeaseJournal journal = LeaseJournal.Open(folder.JournalFile, out JournalState state);
        using ILoggerFactory logging = LoggerFactory.Create(configureLogging ?? (_ => { }));
        ILogger logger = logging.CreateLogger(typeof(ManagerHost).FullName!);
        LeaseTable table = Restore(state, settings, logger);
        if (settings.LimitsFile is { } limitsFile && LimitsKeeper.Read(limitsFile).Limits is { } known)
        {
            table.SetLimits(known, 0, []); // before the first lease; the file was found good a moment ago
        }

        using var audit = new AuditLog(folder.AuditFile, settings.Audit, time, logging.CreateLogger<AuditLog>());
        audit.Write(new AuditEntry { Event = AuditEvent.ManagerStarted, User = Environment.UserName, What = $"version {RowenVersion}, epoch {table.Epoch}, in {folder.Path}" });
        var loop = new ManagerLoop(table, journal, audit, settings, time, logging.CreateLogger<ManagerLoop>());
        var packages = new PackageStore(folder.PackagesFolder, settings.Packages, time, logging.CreateLogger<PackageStore>());
        Harvester? harvester = CreateHarvester(settings, folder, loop, audit, logging, time);
        var limits = new LimitsKeeper(settings.LimitsFile, loop, audit, time, logging.CreateLogger<LimitsKeeper>());
        await using var listeners = new ManagerListeners(settings, folder, loop, packages, harvester, limits, audit, logging, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task looping = loop.RunAsync(stop.Token);
        Task harvesting = Task.CompletedTask;
        Task limiting = limits.RunAsync(stop.Token);
        try
        {
            ManagerAddresses addresses = await listeners.StartAsync(cancellationToken);
            ManagerLog.Started(logger, addresses.Epoch, addresses.ToString(), folder.Path);
            started?.Invoke(addresses);
            harvesting = harvester?.RunAsync(stop.Token) ?? Task.CompletedTask; // pilots need the cluster file, which is there now
            await Task.WhenAny(looping, loop.Left);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelled before it took calls.
        }
        finally
        {
            ManagerLog.Ending(logger);
            await stop.CancelAsync(); // ends streams and long polls, so that the listeners can close at once
            await looping;
            await harvesting;
            await limiting;
            if (loop.IsTakenDown && harvester is not null)
            {
                await harvester.EndAsync();
            }
        }
    }

    private static Harvester? CreateHarvester(
        ManagerSettings settings, StateFolder folder, ManagerLoop loop, AuditLog audit, ILoggerFactory logging, TimeProvider time) =>
        settings.Harvest is not { } harvest ? null
        : new Harvester(
            harvest,
            new SlurmBatchSystem(harvest, folder.ReadOrCreateClusterId()),
            loop,
            new FrozenMark(folder.FrozenFile),
            audit,
            time,
            logging.CreateLogger<Harvester>());

    private static LeaseTable Restore(JournalState state, ManagerSettings settings, ILogger logger)
    {
        var table = new LeaseTable(settings.Leases, settings.Queue, settings.Nodes, state.Epoch);
        table.RestoreNumbers(state.LastLeaseId, state.LastNodeId);
        foreach (NodeRecord node in state.Nodes)
        {
            table.Restore(node, 0); // the loop's clock begins at zero
        }

        foreach (LeaseRecord lease in state.Leases)
        {
            table.Restore(lease, 0);
        }

        ManagerLog.Restored(logger, state.Leases.Count(lease => lease.State != LeaseState.Ended), state.Nodes.Count);
        return table;
    }
}
