using Microsoft.Extensions.Logging;
using Rowen.Cli.Logging;
using Rowen.NodeAgent;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager;

namespace Rowen.Cli.Roles;

/// <summary>A manager and an agent in this process, from their start to their end.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    // Half a minute: a hundred times the usual start, for slow disks. Then something is wrong.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(10);

    private readonly ClusterSettings _settings;
    private readonly CancellationTokenSource _drainAgent = new();
    private readonly CancellationTokenSource _endManager = new();
    private readonly ILoggerFactory _loggers;
    private Task _manager = Task.CompletedTask;
    private Task _agent = Task.CompletedTask;
    private ClusterFile? _written;
    private int _isDisposed;

    private LocalCluster(ClusterSettings settings)
    {
        _settings = settings;
        _loggers = LoggerFactory.Create(builder => LineLoggerProvider.Configure(builder, settings.LogLevel));
    }

    /// <summary>How to reach it, as the cluster file says.</summary>
    public ClusterFile File => _written ?? throw new InvalidOperationException("The cluster has not started.");

    /// <summary>The node, as it was when it had joined.</summary>
    public NodeView Node { get; private set; } = new();

    /// <summary>Completes when a role ends, by itself or because the cluster was taken down.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Starts both roles and writes the cluster file when they are ready.</summary>
    /// <exception cref="RowenException">A role could not start; nothing is left running.</exception>
    public static async Task<LocalCluster> StartAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        ClusterPresence.RefuseSecond(settings.ClusterPath);
        ClusterFolders.Create(settings.StateFolder);
        var cluster = new LocalCluster(settings);
        try
        {
            await cluster.StartRolesAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends both roles: the agent drains, then the manager closes. Removes the cluster file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        RemoveClusterFile();
        await _drainAgent.CancelAsync();
        await Task.WhenAny(_agent); // how a role ended is told by ThrowIfFailedAsync
        await _endManager.CancelAsync();
        await Task.WhenAny(_manager);
        _loggers.Dispose();
        _drainAgent.Dispose();
        _endManager.Dispose();
    }

    /// <summary>Throws what ended a role that should have gone on.</summary>
    public async Task ThrowIfFailedAsync()
    {
        foreach (Task role in new[] { _manager, _agent }.Where(role => role.IsFaulted))
        {
            await role;
        }
    }

    /// <summary>For an end in haste: the process is about to go, and its executors with it.</summary>
    public void RemoveClusterFile()
    {
        if (_written is { } written)
        {
            ClusterPresence.Remove(_settings.ClusterPath, written);
        }
    }

    private async Task StartRolesAsync(CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(StartTimeout);
        ClusterFile forAgent = await StartManagerAsync(bound.Token);
        _agent = AgentHost.RunAsync(AgentSettings(forAgent), _loggers, _drainAgent.Token);
        Node = await WaitForNodeAsync(forAgent, bound.Token);
        Ended = Task.WhenAny(_manager, _agent);
        ClusterFiles.Write(_settings.ClusterPath, File);
    }

    private async Task<ClusterFile> StartManagerAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource<ManagerAddresses>(TaskCreationOptions.RunContinuationsAsynchronously);
        var settings = new ManagerSettings { StateFolder = _settings.StateFolder, ListenTcp = _settings.Listen, LimitsFile = _settings.LimitsFile };
        _manager = ManagerHost.RunAsync(
            settings, builder => LineLoggerProvider.Configure(builder, _settings.LogLevel), started.SetResult, _endManager.Token);
        await Task.WhenAny(started.Task, _manager).WaitAsync(cancellationToken);
        if (!started.Task.IsCompleted)
        {
            await _manager; // throws what kept it from starting
            throw new RowenException(ErrorCode.ManagerUnreachable, "The manager ended before it had started. See the log above.");
        }

        ManagerAddresses addresses = await started.Task;
        _written = _settings.Listen is null ? addresses.ForThisNode() : addresses.ForOtherNodes();
        return addresses.ForThisNode();
    }

    private AgentSettings AgentSettings(ClusterFile cluster) => new()
    {
        Cluster = cluster,
        ClusterPath = Path.GetFullPath(_settings.ClusterPath),
        StateFolder = Path.Combine(_settings.StateFolder, "agent"),
        PoolSize = _settings.PoolSize,
        Cores = _settings.Cores,
        MemoryBytes = _settings.MemoryBytes,
        FabricProgram = RowenProgram.Command,
        AdvertiseAddress = _settings.Listen?.Address.ToString(),
        DrainGrace = _settings.DrainGrace,
    };

    private async Task<NodeView> WaitForNodeAsync(ClusterFile cluster, CancellationToken cancellationToken)
    {
        using var manager = new ManagerClient(cluster);
        while (true)
        {
            NodeView[] nodes = await manager.GetNodesAsync(cancellationToken);
            if (nodes.FirstOrDefault(node => node.State == "up") is { } up)
            {
                return up;
            }

            if (_agent.IsCompleted)
            {
                await _agent; // throws what kept it from starting
                throw new RowenException(ErrorCode.UnknownNode, "The node agent ended before it had joined. See the log above.");
            }

            await Task.Delay(PollPeriod, TimeProvider.System, cancellationToken);
        }
    }
}
