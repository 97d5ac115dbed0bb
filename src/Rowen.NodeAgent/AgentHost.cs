using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rowen.Fabric;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Capacity;
using Rowen.NodeAgent.CodePackages;
using Rowen.NodeAgent.Executors;
using Rowen.NodeAgent.Fabrics;
using Rowen.NodeAgent.Logs;
using Rowen.NodeAgent.Managers;
using Rowen.NodeAgent.Neighbors;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent;

/// <summary>A node agent, from its start to its last executor's end.</summary>
public static class AgentHost
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Offers this node to a cluster and serves leases until it is told to drain, by the caller or the manager.</summary>
    /// <param name="settings">What it needs to know.</param>
    /// <param name="loggers">For people.</param>
    /// <param name="drain">
    /// Ends it in order: no new leases, running invocations may finish within <see cref="AgentSettings.DrainGrace"/>,
    /// everything is reported, and no process or file of any executor stays.
    /// </param>
    /// <returns>Completes when it has left. The manager's absence does not end it.</returns>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.StateFolderInUse"/>; <see cref="ErrorCode.BadClusterFile"/>;
    /// <see cref="ErrorCode.CapacityExhausted"/> if the node has nothing to offer.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static Task RunAsync(AgentSettings settings, ILoggerFactory loggers, CancellationToken drain)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("A Rowen node is a Linux machine.");
        }

        if (settings.FindFault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(settings));
        }

        ExecutorCommand command = ExecutorCommand.FindOrNone(settings.ExecutorFolder) ?? throw new ArgumentException(
            $"{nameof(settings.ExecutorFolder)} is '{settings.ExecutorFolder}'; Rowen.Executor is not there.", nameof(settings));
        return RunAsync(settings, command, ControlGroups.OfThisProcess(), loggers, drain);
    }

    /// <summary>The same with another program as executor, or without control groups, for tests.</summary>
    internal static async Task RunAsync(
        AgentSettings settings, ExecutorCommand command, ControlGroups groups, ILoggerFactory loggers, CancellationToken drain)
    {
        Folders folders = Folders.Create(settings.StateFolder);
        using FileStream folderLock = folders.Lock();
        folders.ClearRun();
        NodeCapacity capacity = ReadCapacity(settings, groups);
        AgentOptions options = new()
        {
            PoolSize = settings.PoolSize,
            DrainGraceMs = (long)settings.DrainGrace.TotalMilliseconds,
            EndsAtMs = EndOfLeases(settings) ?? long.MaxValue,
            OrphanBoundMs = (long?)settings.OrphanBound?.TotalMilliseconds ?? long.MaxValue,
        };
        ILogger logger = loggers.CreateLogger("Rowen.NodeAgent");
        AgentLog.Offers(logger, settings.Name, capacity.Cores.Count, capacity.MemoryBytes >> 20);
        if (settings.Cores > capacity.Cores.Count)
        {
            AgentLog.OffersFewer(logger, settings.Name, settings.Cores.Value, capacity.Cores.Count);
        }

        var client = new ManagerClient(settings.Cluster);
        var logs = new LogFolder(folders.Logs, settings.MaxLogBytes, settings.MaxLogCount, TimeSpan.FromDays(7), TimeProvider.System);
        var packages = new PackageCache(
            folders.Packages,
            new PackageCacheOptions(),
            (id, readAsync, token) => client.DownloadPackageAsync(id, readAsync, MaxArchiveBytes, token),
            TimeProvider.System,
            logger,
            new PackageParts(
                client.GetManifestAsync,
                (id, files, readAsync, token) => client.DownloadFilesAsync(id, files, readAsync, MaxArchiveBytes, token)));
        AgentLoop? loop = null;
        var supervisorOptions = new ExecutorSupervisorOptions
        {
            NodeName = settings.Name,
            Command = command,
            ListenAddress = settings.AdvertiseAddress,
            RunFolder = folders.Run,
            ControlGroups = groups,
            ClusterPath = settings.ClusterPath,
            LeftGroups = MemoryGroup.Sweep(groups),
        };
        await using var supervisor = new ExecutorSupervisor(supervisorOptions, logs, input => loop!.Post(input), logger)
        {
            OnBuried = packages.Release,
        };
        using var listener = new ExecutorListener(supervisor, packages.GetAsync, settings.Patience, input => loop!.Post(input), logger);
        using var ownLoop = new AgentLoop(
            new AgentState(options, settings.Name, capacity.Cores, capacity.MemoryBytes), options, supervisor, TimeProvider.System, logger);
        loop = ownLoop;
        loop.OnPackageWanted = listener.BringPackage;
        using var trials = new FabricTrials(settings.FabricProgram, settings.Name, settings.AdvertiseAddress, folders.State, TimeProvider.System);
        using var link = new ManagerLink(client, loop, logs, trials, Offer(settings, options, capacity, folders), TimeProvider.System, NewRandom(), logger)
        {
            Probe = settings.IsBesideJob ? new MemoryProbe() : null,
        };
        supervisor.Start();
        using var left = new CancellationTokenSource();
        Task[] all = [ownLoop.RunAsync(), listener.RunAsync(left.Token), link.RunAsync(left.Token)];
        await ServeAsync(ownLoop, all, drain);
        await left.CancelAsync(); // from here on nobody joins again
        await Task.WhenAll(link.ReportLastAsync(), supervisor.DisposeAsync().AsTask());
        settings.HasLeft?.Invoke();
        await Task.WhenAll(all);
        TimeSlice.Restore(Environment.ProcessId); // whoever goes on, such as between two jobs, is in no hurry
    }

    /// <summary>Waits for the loop's end. A defect that ends one of its companions ends the agent, loudly, and not half of it.</summary>
    private static async Task ServeAsync(AgentLoop loop, Task[] all, CancellationToken drain)
    {
        await using (drain.Register(() => loop.Post(new AgentInput.Drain())))
        {
            await await Task.WhenAny(all);
        }
    }

    /// <summary>What the files may hold, and what a tar archive adds to twenty thousand of them.</summary>
    private static long MaxArchiveBytes => CodePackageLimits.Default.MaxTotalBytes + (64L << 20);

    private static NodeCapacity ReadCapacity(AgentSettings settings, ControlGroups groups)
    {
        try
        {
            return new CapacityReader(groups, SystemFile.ReadOrNone)
                .Read(CpuAffinity.GetAllowed(), settings.Cores, settings.MemoryBytes);
        }
        catch (InvalidOperationException exception)
        {
            throw new RowenException(ErrorCode.CapacityExhausted, exception.Message, exception);
        }
    }

    /// <summary>When leases must have ended, so that the agent has left before the batch system takes the node by force.</summary>
    private static long? EndOfLeases(AgentSettings settings) => settings.AllocationLeft is { } left
        ? AgentLoop.NowMs + Math.Max(0, (long)left.TotalMilliseconds - AgentState.DrainMarginMs)
        : null;

    private static NodeJoin Offer(AgentSettings settings, AgentOptions options, NodeCapacity capacity, Folders folders) => new()
    {
        BatchJob = settings.BatchJob,
        JobBound = settings.JobBound,
        EndsAtAgentMs = options.EndsAtMs == long.MaxValue ? 0 : options.EndsAtMs,
        Instance = RandomNumberGenerator.GetHexString(32, lowercase: true),
        FolderId = StateFile.ReadIdOrEmpty(folders.IdFile),
        LogFolder = folders.Logs,
        Name = settings.Name,
        RowenVersion = typeof(AgentHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? string.Empty,
        Fabrics = FabricOffer.DescribeMachine(),
        Cores = capacity.Cores.Count,
        MemoryBytes = capacity.MemoryBytes,
    };

    private static Random NewRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <summary>Where the agent keeps what.</summary>
    private sealed record Folders(string State, string Logs, string Packages, string Run)
    {
        public string IdFile => Path.Combine(State, "agent.id");

        public static Folders Create(string state)
        {
            var folders = new Folders(
                state, Path.Combine(state, "logs"), Path.Combine(state, "packages"), Path.Combine(state, "run"));
            foreach (string folder in new[] { folders.State, folders.Logs, folders.Packages, folders.Run })
            {
                Directory.CreateDirectory(folder, OwnerOnly);
            }

            File.SetUnixFileMode(state, OwnerOnly); // it may have been there before
            return folders;
        }

        /// <summary>Holds the folder until it is disposed, or the process ends.</summary>
        public FileStream Lock()
        {
            try
            {
                FileStream held = StateFile.Open(Path.Combine(State, "agent.lock"), FileShare.None);
                File.SetUnixFileMode(held.SafeFileHandle, StateFile.OwnerOnly); // older agents left it readable
                return held;
            }
            catch (IOException exception)
            {
                throw new RowenException(
                    ErrorCode.StateFolderInUse,
                    $"Another agent uses the state folder {State}. End it, or give this one another folder.",
                    exception);
            }
        }

        /// <summary>Removes what executors of an agent that was killed have left.</summary>
        public void ClearRun()
        {
            foreach (string folder in Directory.EnumerateDirectories(Run).ToArray())
            {
                ScratchFolder.Remove(folder);
            }
        }
    }
}
