using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Rowen.Fabric;
using Rowen.Functions;
using Rowen.Leasing;
using Rowen.LocalClusters;
using Rowen.Maps;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen;

/// <summary>A program's connection with a cluster: leases, maps, and what people ask.</summary>
/// <remarks>
/// Thread safety: any thread. Disposing it gives its leases back; a local cluster ends with it. A manager that is away
/// disturbs no invocation on leases that are held.
/// </remarks>
public sealed partial class RowenClient : IAsyncDisposable
{
    private readonly ManagerClient _manager;
    private readonly LeaseKeeper _keeper;
    private readonly LeaseOpener _opener;
    private readonly LocalCluster? _local;
    private readonly RowenClientOptions _options;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<LeaseId, Lease> _leases = new();
    private readonly ConcurrentDictionary<Task, bool> _openings = new(); // as a set
    private readonly CancellationTokenSource _closing = new();
    private string? _clusterPath;
    private int _isDisposed;

    private RowenClient(ClusterFile cluster, RowenClientOptions options, LocalCluster? local)
    {
        var bounds = new ManagerClientOptions
        {
            ConnectTimeout = options.ConnectTimeout,
            RequestTimeout = options.RequestTimeout,
            Time = options.Time,
        };
        ILogger logger = options.Logging.CreateLogger("Rowen.Client");
        string name = options.ClientName ?? $"{AppDomain.CurrentDomain.FriendlyName} {Environment.ProcessId} on {Environment.MachineName}";
        FabricProviders.PrepareInBackground();
        _options = options;
        _logger = logger;
        _local = local;
        _manager = new ManagerClient(cluster, bounds);
        _keeper = new LeaseKeeper(cluster, bounds, logger);
        _opener = new LeaseOpener(_manager, _keeper, bounds, name, logger);
    }

    /// <summary>The maps that take leases, so that each gets its turn.</summary>
    internal LeaseHolders Holders { get; } = new();

    /// <summary>Hears what users may want to know.</summary>
    internal ILogger Logger => _logger;

    /// <summary>Address of the resource manager.</summary>
    public string Address => _manager.Cluster.Address;

    /// <summary>Connects to a running cluster.</summary>
    /// <param name="clusterFile">The file that <c>rowen up</c> wrote; null: <c>ROWEN_CLUSTER</c>, else <c>~/.rowen/cluster.json</c>.</param>
    /// <param name="options">How the client behaves.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.BadClusterFile"/>, <see cref="ErrorCode.ManagerUnreachable"/>,
    /// <see cref="ErrorCode.NotAuthenticated"/> or <see cref="ErrorCode.OtherVersion"/>; the message says what to do.
    /// </exception>
    public static async Task<RowenClient> ConnectAsync(
        string? clusterFile = null, RowenClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new RowenClientOptions();
        options.Check();
        string path = ClusterFiles.Find(clusterFile);
        RowenClient client = await ConnectAsync(ClusterFiles.Read(path), options, local: null, cancellationToken).ConfigureAwait(false);
        client._clusterPath = path;
        return client;
    }

    /// <summary>Starts a private cluster on this machine, whose life is bound to this process and to this object.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RowenException"><c>rowen</c> was not found or did not start; the message says where it was looked for, or what it said.</exception>
    public static async Task<RowenClient> StartLocalAsync(LocalClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new LocalClusterOptions();
        options.Check();
        LocalCluster local = await LocalCluster.StartAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ConnectAsync(ClusterFiles.Read(local.ClusterFile), options.Client, local, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await local.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a lease, sends its code and opens its lanes.</summary>
    /// <param name="request">What to lease; null for one core.</param>
    /// <param name="cancellationToken">Gives up; what was granted meanwhile is given back.</param>
    /// <returns>A lease that is renewed by itself until it is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value of the request is outside its range.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.CapacityExhausted"/>, <see cref="ErrorCode.QueueFull"/>,
    /// <see cref="ErrorCode.WaitedTooLong"/>; or the manager or executor could not be reached.
    /// </exception>
    public async Task<Lease> LeaseAsync(LeaseRequest? request = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        request ??= new LeaseRequest();
        request.CheckSingle();
        return (await OpenAsync(request, cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Takes leases of several nodes in one moment, sends their code and opens their lanes.</summary>
    /// <param name="request">What to lease on each of <see cref="LeaseRequest.Nodes"/> nodes.</param>
    /// <param name="cancellationToken">Gives up; what was granted meanwhile is given back.</param>
    /// <returns>
    /// A lease of each node, renewed by themselves until they are disposed: as many as asked for, or at least <see cref="LeaseRequest.AtLeast"/>.
    /// While the request waits it holds nothing, so that two that want the same nodes never wait for each other.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A value of the request is outside its range.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.CapacityExhausted"/>, <see cref="ErrorCode.QueueFull"/>,
    /// <see cref="ErrorCode.WaitedTooLong"/>; or the manager or too many of the executors could not be reached.
    /// </exception>
    public async Task<LeaseGroup> LeaseNodesAsync(LeaseRequest request, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        ArgumentNullException.ThrowIfNull(request);
        request.Check();
        return new LeaseGroup(await OpenAsync(request, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Loads another code package into the executor of a lease, beside those that it has.</summary>
    /// <param name="lease">A lease of this client.</param>
    /// <param name="code">The package; sent only if the manager lacks it.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RowenException">It could not be sent or loaded, or the lease has ended.</exception>
    public Task LoadAsync(Lease lease, CodePackage code, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(code);
        return _opener.LoadAsync(lease, code, cancellationToken);
    }

    /// <summary>The manager has a code package when this ends.</summary>
    internal Task SendAsync(CodePackage code, CancellationToken cancellationToken) => _opener.SendCodeOnceAsync(code, cancellationToken);

    /// <summary>Leases memory of one or more nodes, to be read and written from here.</summary>
    /// <param name="request">How much, and how.</param>
    /// <param name="cancellationToken">Gives up; what was granted meanwhile is given back.</param>
    /// <returns>Memory whose leases are renewed by themselves until it is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value of the request is outside its range.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.CapacityExhausted"/>, <see cref="ErrorCode.QueueFull"/>,
    /// <see cref="ErrorCode.WaitedTooLong"/>; or the manager or an executor could not be reached.
    /// </exception>
    public async Task<RemoteMemory> LeaseMemoryAsync(MemoryRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Check();
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        IReadOnlyList<Lease> leases = await OpenAsync(request.ToLeaseRequest(), cancellationToken).ConfigureAwait(false);
        return new RemoteMemory(request, leases, LeaseAsync, _options.Time, _logger);
    }

    /// <summary>The nodes of the cluster and what they have free.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<NodeView>> NodesAsync(CancellationToken cancellationToken = default) =>
        await _manager.GetNodesAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Leases of everybody: those that live, and the last ones that ended.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<LeaseView>> LeasesAsync(CancellationToken cancellationToken = default) =>
        await _manager.GetLeasesAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Ends a lease that another process of this user has left.</summary>
    internal Task<LeaseView> ReleaseAsync(LeaseId lease, CancellationToken cancellationToken) => _manager.ReleaseAsync(lease, cancellationToken);

    /// <summary>What each lease has used.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<UsageView>> UsageAsync(CancellationToken cancellationToken = default) =>
        await _manager.GetUsageAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>What the functions of a lease have printed so far; the lease may be over.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="stream">Which of the two.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<string> LogsAsync(LeaseId lease, LogKind stream = LogKind.Output, CancellationToken cancellationToken = default)
    {
        using var text = new MemoryStream();
        await CopyLogAsync(lease, stream, text, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>Copies what the functions of a lease have printed so far.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="stream">Which of the two.</param>
    /// <param name="target">Receives the bytes as they were printed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task CopyLogAsync(LeaseId lease, LogKind stream, Stream target, CancellationToken cancellationToken = default) =>
        _manager.CopyLogAsync(lease, stream == LogKind.Error ? "err" : "out", target, cancellationToken);

    /// <summary>Gives back every lease that is still held, and ends a local cluster.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        // First what waits: a lease that is given back would be granted to it, and held by nobody until it expires.
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_openings.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_leases.Values.Select(lease => lease.DisposeAsync().AsTask())).ConfigureAwait(false);
        _closing.Dispose();
        _keeper.Dispose();
        _manager.Dispose();
        if (_local is not null)
        {
            await _local.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<Lease>> OpenAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<Lease> leases = await OpenUnlessClosedAsync(request, cancellationToken).ConfigureAwait(false);
        foreach (Lease lease in leases)
        {
            _leases[lease.Id] = lease;
        }

        if (_isDisposed != 0)
        {
            await Task.WhenAll(leases.Select(lease => lease.DisposeAsync().AsTask())).ConfigureAwait(false); // Dispose has not seen them
            ObjectDisposedException.ThrowIf(condition: true, this);
        }

        return leases;
    }

    private async Task<IReadOnlyList<Lease>> OpenUnlessClosedAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        Task<IReadOnlyList<Lease>> opening = _opener.OpenAsync(request, id => _leases.TryRemove(id, out _), either.Token);
        _openings[opening] = true;
        try
        {
            return await opening.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_isDisposed != 0)
        {
            throw new ObjectDisposedException(nameof(RowenClient), "The connection was closed while it waited for a lease.");
        }
        finally
        {
            _openings.TryRemove(opening, out _);
        }
    }

    private static async Task<RowenClient> ConnectAsync(
        ClusterFile cluster, RowenClientOptions options, LocalCluster? local, CancellationToken cancellationToken)
    {
        var client = new RowenClient(cluster, options, local);
        try
        {
            ManagerVersion version = await client._manager.GetVersionAsync(cancellationToken).ConfigureAwait(false);
            return version.Protocol == ManagerVersion.CurrentProtocol
                ? client
                : throw new RowenException(
                    ErrorCode.OtherVersion,
                    $"The resource manager at {cluster.Address} (Rowen {version.RowenVersion}) speaks version {version.Protocol} of the protocol, "
                    + $"this program version {ManagerVersion.CurrentProtocol}. Upgrade the older side.");
        }
        catch
        {
            client._keeper.Dispose();
            client._manager.Dispose();
            throw;
        }
    }
}
