using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Harvesting.Slurm;

namespace Rowen.Cli.Roles;

/// <summary>What a node agent in a Slurm job knows of its job, from the environment that Slurm gives it.</summary>
internal sealed class PilotEnvironment
{
    /// <summary>When the allocation ends, in seconds since 1970; Slurm before 23.02 does not set it.</summary>
    public const string EndVariable = "SLURM_JOB_END_TIME";

    private const string FolderPrefix = "rowen-pilot-";

    private static readonly TimeSpan LeavingBound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LeavingPause = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan RemovalBound = TimeSpan.FromSeconds(2);
    private static readonly string LockFile = Path.Combine("agent", "agent.lock");

    /// <summary>The job; empty outside of one.</summary>
    public string Job { get; } = Read("SLURM_JOB_ID") ?? string.Empty;

    /// <summary>The step of it that this process is in; empty in the batch script itself.</summary>
    public string Step { get; } = Read("SLURM_STEP_ID") ?? string.Empty;

    public string NodeName { get; } = Read("SLURMD_NODENAME") ?? Environment.MachineName;

    public int? Cores { get; } = (int?)ReadNumber("SLURM_CPUS_PER_TASK") ?? (int?)ReadNumber("SLURM_CPUS_ON_NODE");

    /// <summary>How many nodes the job has; one, unless Slurm says more.</summary>
    public int NodeCount { get; } = (int?)(ReadNumber("SLURM_JOB_NUM_NODES") ?? ReadNumber("SLURM_NNODES")) ?? 1;

    /// <summary>Cores of the job on the node where it has the fewest; none: Slurm does not say.</summary>
    public int? FewestCores => Read("SLURM_JOB_CPUS_PER_NODE") is { } list ? SlurmCounts.LeastOrNone(list) : CoresOnNode;

    /// <summary>What the job has of this node.</summary>
    public int? CoresOnNode { get; } = (int?)ReadNumber("SLURM_CPUS_ON_NODE");

    /// <summary>Memory of the job on this node; none: Slurm does not divide memory here.</summary>
    public long? MemoryBytes => ReadNumber("SLURM_MEM_PER_NODE") is > 0 and { } node ? node << 20
        : ReadNumber("SLURM_MEM_PER_CPU") is > 0 and { } each && (Cores ?? FewestCores) is { } cores ? (each << 20) * cores
        : null;

    /// <summary>A folder of this node alone, which goes with the agent.</summary>
    public string StateFolder => FolderOf(PeerCredentials.OwnUserId, Job);

    /// <summary>How long the allocation lasts still; none: nobody could say.</summary>
    /// <remarks>Slurm before 23.02 does not tell a job its end: then one question to it.</remarks>
    public async Task<TimeSpan?> FindTimeLeftAsync(CancellationToken cancellationToken)
    {
        if (ReadNumber(EndVariable) is { } end)
        {
            TimeSpan left = DateTimeOffset.FromUnixTimeSeconds(end) - TimeProvider.System.GetUtcNow();
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        return Job.Length == 0 ? null : await SlurmAllocation.FindTimeLeftAsync(Job, cancellationToken);
    }

    /// <summary>The folder of a user's agent in a job.</summary>
    public static string FolderOf(uint user, string job) => Path.Combine(Path.GetTempPath(), $"{FolderPrefix}{user}-{job}");

    /// <summary>The address by which this node reaches the manager: others reach it there, too.</summary>
    public static string? FindOwnAddress(ClusterFile cluster)
    {
        if (!Uri.TryCreate(cluster.Address, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps)
        {
            return null;
        }

        try
        {
            using var probe = new UdpClient(uri.Host, uri.Port); // sends nothing: the kernel only chooses the way
            return (probe.Client.LocalEndPoint as IPEndPoint)?.Address.ToString();
        }
        catch (SocketException)
        {
            return null; // the join will say what is wrong with the address
        }
    }

    /// <summary>Waits until the agent of the lending before, which has said that it leaves, has ended and taken the folder with it.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StateFolderInUse"/>: it has not within half a minute.</exception>
    public async Task UntilFolderIsFreeAsync(CancellationToken cancellationToken)
    {
        long since = TimeProvider.System.GetTimestamp();
        string lockFile = Path.Combine(StateFolder, LockFile);
        while (Directory.Exists(StateFolder))
        {
            TimeSpan waited = TimeProvider.System.GetElapsedTime(since);
            if (waited > RemovalBound && !File.Exists(lockFile))
            {
                return; // killed while it removed the folder: what is left is nobody's
            }

            if (waited > LeavingBound)
            {
                throw new RowenException(
                    ErrorCode.StateFolderInUse,
                    $"Another agent of job {Job} is on {NodeName}, in {StateFolder}, and has not ended within {LeavingBound.TotalSeconds:0} s. `rowen share --stop` in the job ends it.");
            }

            await Task.Delay(LeavingPause, TimeProvider.System, cancellationToken);
            Sweep();
        }
    }

    /// <summary>Removes an agent's own folder, as far as it can be. Null is none.</summary>
    public static void TryRemove(string? folder)
    {
        try
        {
            if (folder is not null)
            {
                ClusterFolders.Remove(folder);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Executors still write to it, or somebody else sweeps it. The next agent on this node removes the rest.
        }
    }

    /// <summary>Removes what agents of this user left on this node when they were killed. Those that live hold their lock.</summary>
    public static void Sweep()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.GetTempPath(), $"{FolderPrefix}{PeerCredentials.OwnUserId}-*").ToArray())
        {
            try
            {
                using (new FileStream(Path.Combine(folder, LockFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    ScratchFolder.Remove(folder);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It lives, or begins this moment, or is not ours after all.
            }
        }
    }

    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static long? ReadNumber(string name) =>
        long.TryParse(Read(name), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
