using System.Diagnostics;
using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Roles;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;

namespace Rowen.Cli.Benchmarks.Clusters;

/// <summary>The cluster that is measured: a private one in a process of its own, or one that runs already.</summary>
internal sealed class BenchmarkCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuietStep = TimeSpan.FromMilliseconds(150); // longer than any pause within a start
    /// <summary>The agent begins to fill its pool half a second after an assignment; until then everything may look quiet.</summary>
    private static readonly TimeSpan RefillDelay = TimeSpan.FromMilliseconds(600);

    private static readonly TimeSpan MaxQuietWait = TimeSpan.FromSeconds(5);

    /// <summary>A twentieth of a core: heartbeats and meters take less, an executor that starts takes all of one.</summary>
    private const double QuietShare = 0.05;

    private readonly Process? _process;
    private readonly int _poolSize;
    private readonly string? _folder;

    private BenchmarkCluster(Process? process, string? folder, RowenClient client, ManagerClient manager, int poolSize = 0)
    {
        _poolSize = poolSize;
        _process = process;
        _folder = folder;
        Client = client;
        Manager = manager;
    }

    public RowenClient Client { get; }

    public ManagerClient Manager { get; }

    /// <summary>Where its state lies; null if it is someone else's.</summary>
    public string? Folder => _folder;

    /// <summary>Whether it is ours: then its processes are known, and nobody else uses it.</summary>
    public bool IsPrivate => _process is not null;

    /// <summary>Manager, agent and executors.</summary>
    public IReadOnlyList<int> Processes => _process is null ? [] : [_process.Id, .. ProcessorClock.DescendantsOf(_process.Id)];

    /// <summary>Connects to a cluster that runs.</summary>
    /// <param name="clusterFile">Its file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BenchmarkCluster> ConnectAsync(string clusterFile, CancellationToken cancellationToken)
    {
        RowenClient client = await RowenClient.ConnectAsync(clusterFile, cancellationToken: cancellationToken);
        return new BenchmarkCluster(process: null, folder: null, client, new ManagerClient(ClusterFiles.Read(clusterFile)));
    }

    /// <summary>Starts a private one, which ends with this object or with this process.</summary>
    /// <param name="poolSize">Executors that its agent keeps started.</param>
    /// <param name="parentFolder">Where its state lies; on the disk whose floor is measured.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BenchmarkCluster> StartAsync(int poolSize, string parentFolder, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(parentFolder, string.Create(CultureInfo.InvariantCulture, $"bench-{Environment.ProcessId}-{poolSize}"));
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string clusterFile = Path.Combine(folder, "cluster.json");
        Process process = Launch(poolSize, folder, clusterFile);
        try
        {
            await AwaitReadyAsync(process, cancellationToken);
            RowenClient client = await RowenClient.ConnectAsync(clusterFile, cancellationToken: cancellationToken);
            return new BenchmarkCluster(process, folder, client, new ManagerClient(ClusterFiles.Read(clusterFile)), poolSize);
        }
        catch
        {
            await EndAsync(process, folder);
            throw;
        }
    }

    /// <summary>
    /// Leases and releases until the compilers of manager and agent have seen what is hot: both have run for long wherever
    /// they matter.
    /// </summary>
    public async Task WarmUpAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(startedAt) < duration)
        {
            await LeaseAndReleaseAsync(cancellationToken);
        }
    }

    /// <summary>One lease, granted and released, that nobody uses.</summary>
    public async Task LeaseAndReleaseAsync(CancellationToken cancellationToken)
    {
        LeaseView lease = await Manager.AskLeaseAsync(new LeaseAsk { MayWait = true, Client = "rowen bench" }, cancellationToken);
        _ = await Manager.ReleaseAsync(lease.Id, cancellationToken);
    }

    /// <summary>Waits until nothing starts or ends any more: the pool is full again, and what came before is cleaned up.</summary>
    public async Task WaitUntilQuietAsync(CancellationToken cancellationToken)
    {
        if (!IsPrivate)
        {
            return;
        }

        long startedAt = Stopwatch.GetTimestamp();
        await Task.Delay(_poolSize > 0 ? RefillDelay : TimeSpan.Zero, TimeProvider.System, cancellationToken);
        double share;
        IReadOnlyList<int> processes;
        do
        {
            processes = Processes; // of those that are looked at: one that has just begun to start is not quiet
            share = await MeasureShareAsync(processes, QuietStep, cancellationToken);
        }
        while ((share > QuietShare || processes.Count <= _poolSize) && Stopwatch.GetElapsedTime(startedAt) < MaxQuietWait);
    }

    /// <summary>Processor time of all its processes over a while, as a share of one core.</summary>
    public Task<double> MeasureShareAsync(TimeSpan duration, CancellationToken cancellationToken) => MeasureShareAsync(Processes, duration, cancellationToken);

    private static async Task<double> MeasureShareAsync(IReadOnlyList<int> processes, TimeSpan duration, CancellationToken cancellationToken)
    {
        TimeSpan before = ProcessorClock.UsedBy(processes);
        long startedAt = Stopwatch.GetTimestamp();
        await Task.Delay(duration, TimeProvider.System, cancellationToken);
        return (ProcessorClock.UsedBy(processes) - before) / Stopwatch.GetElapsedTime(startedAt);
    }

    public async ValueTask DisposeAsync()
    {
        Manager.Dispose();
        await Client.DisposeAsync();
        if (_process is not null)
        {
            await EndAsync(_process, _folder!);
        }
    }

    private static Process Launch(int poolSize, string folder, string clusterFile)
    {
        ProcessStartInfo start = RowenProgram.StartInfoOfSession(
            "up", "--embedded", "--state", folder, "--cluster", clusterFile, "--pool", poolSize.ToString(CultureInfo.InvariantCulture));
        start.RedirectStandardInput = true; // at whose end it ends
        start.RedirectStandardOutput = true;
        return Process.Start(start)!;
    }

    private static async Task AwaitReadyAsync(Process process, CancellationToken cancellationToken)
    {
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(StartTimeout, TimeProvider.System, cancellationToken);
        }
        while (line is not (null or "ready"));

        if (line is null)
        {
            throw new IOException("The cluster for the benchmark ended at its start; what it printed is above.");
        }
    }

    private static async Task EndAsync(Process process, string folder)
    {
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(EndTimeout, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
