using System.Net;
using Rowen.Fabric.ControlSockets;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;

namespace Rowen.NodeAgent;

/// <summary>What an agent needs to know; checked when it starts.</summary>
public sealed record AgentSettings
{
    /// <summary>The least memory that a node can offer: an executor without any function takes some tens of MiB.</summary>
    public const long MinMemoryBytes = 64 << 20;

    /// <summary>Where the manager is, and how to prove that one may talk to it.</summary>
    public required ClusterFile Cluster { get; init; }

    /// <summary>Absolute path of the cluster file, which executors tell their functions: a function that maps connects with it.</summary>
    /// <value>Null: functions find the default file, if there is one.</value>
    public string? ClusterPath { get; init; }

    /// <summary>Absolute path of the folder for logs, code packages and scratch files; one agent at a time. Made if absent, for this user only.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The node's name, for people.</summary>
    /// <value>This host's name; 1 to 64 letters, digits, dots, dashes and underscores.</value>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>Executors that are kept started for the next lease.</summary>
    /// <value>2; from 0 (every lease waits for the start of a process) to 64.</value>
    public int PoolSize { get; init; } = 2;

    /// <summary>Folder in which <c>Rowen.Executor</c> lies.</summary>
    /// <value>The folder of the running program.</value>
    public string ExecutorFolder { get; init; } = AppContext.BaseDirectory;

    /// <summary>The command to which <c>fabric serve</c> and <c>fabric check</c> are added, to try fabrics between nodes.</summary>
    /// <value>None: this node tries nothing, and says so. <c>rowen agent</c> and <c>rowen up</c> name themselves.</value>
    public IReadOnlyList<string> FabricProgram { get; init; } = [];

    /// <summary>Offer at most so many cores.</summary>
    /// <value>Null: all that this process may use. Never more than those, whatever it says.</value>
    public int? Cores { get; init; }

    /// <summary>Offer at most so much memory, in bytes.</summary>
    /// <value>Null: what is free, less a reserve. Never more than that, whatever it says.</value>
    public long? MemoryBytes { get; init; }

    /// <summary>IP address at which other nodes reach this one; executors listen there.</summary>
    /// <value>Null: executors serve owners on this machine only.</value>
    public string? AdvertiseAddress { get; init; }

    /// <summary>How long running invocations may still finish when the agent drains.</summary>
    /// <value>5 seconds; from 0 to 1 hour.</value>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The batch job that this agent runs in, as the batch system names it.</summary>
    /// <value>Empty: in none.</value>
    public string BatchJob { get; init; } = string.Empty;

    /// <summary>Whether that job does its own work on this node: then what the two cost each other is measured.</summary>
    public bool IsBesideJob { get; init; }

    /// <summary>What bounds the speed of that job's own work, if it has any here and its owner has said so.</summary>
    public BoundBy JobBound { get; init; }

    /// <summary>When that job's allocation ends, from now on. The agent has drained and left by then.</summary>
    /// <value>Null: no end is known.</value>
    public TimeSpan? AllocationLeft { get; init; }

    /// <summary>How long the agent stays while it has neither a lease nor a manager.</summary>
    /// <value>Null: for ever, until it is told to leave. Agents in batch jobs must not burden the node for nobody.</value>
    public TimeSpan? OrphanBound { get; init; }

    /// <summary>How long an executor may say nothing before it is killed: it was stopped, or starved of processor time.</summary>
    /// <value>30 seconds; from 5 seconds to 1 hour. The kernel tells at once of one that has died.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes that each output stream of each lease keeps.</summary>
    /// <value>4 MiB; from 4 KiB to 1 GiB.</value>
    public long MaxLogBytes { get; init; } = 4L << 20;

    /// <summary>How many leases keep their logs.</summary>
    /// <value>200; from 1 to 100,000. They are kept for seven days at most.</value>
    public int MaxLogCount { get; init; } = 200;

    /// <summary>Called when nothing of Rowen runs on the node any more, and the manager knows. It may end the process, and so save what is left of an orderly end.</summary>
    /// <value>Null: nothing.</value>
    public Action? HasLeft { get; init; }

    /// <summary>Finds the first setting that is out of range.</summary>
    /// <returns>A sentence that names it; null if all are well.</returns>
    public string? FindFault() =>
        !Path.IsPathFullyQualified(StateFolder) ? $"{nameof(StateFolder)} is '{StateFolder}'; it must be an absolute path."
        : ClusterPath is not null && !Path.IsPathFullyQualified(ClusterPath) ? $"{nameof(ClusterPath)} is '{ClusterPath}'; it must be an absolute path."
        : Name.Length is < 1 or > 64 || !Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
            ? $"{nameof(Name)} is '{Name}'; it must be 1 to 64 letters, digits, dots, dashes and underscores."
        : PoolSize is < 0 or > 64 ? $"{nameof(PoolSize)} is {PoolSize}; it must be from 0 to 64."
        : Cores < 1 ? $"{nameof(Cores)} is {Cores}; it must be at least 1."
        : MemoryBytes < MinMemoryBytes ? $"{nameof(MemoryBytes)} is {MemoryBytes}; it must be at least 64 MiB."
        : AdvertiseAddress is not null && !IPAddress.TryParse(AdvertiseAddress, out _)
            ? $"{nameof(AdvertiseAddress)} is '{AdvertiseAddress}'; it must be an IP address of this host."
        : DrainGrace < TimeSpan.Zero || DrainGrace > TimeSpan.FromHours(1)
            ? $"{nameof(DrainGrace)} is {DrainGrace}; it must be from 0 to 1 hour."
        : OrphanBound < TimeSpan.FromSeconds(1)
            ? $"{nameof(OrphanBound)} is {OrphanBound}; it must be at least 1 second."
        : Patience < ControlSocket.MaxSilence || Patience > TimeSpan.FromHours(1)
            ? $"{nameof(Patience)} is {Patience}; it must be from 5 seconds to 1 hour."
        : MaxLogBytes is < 4096 or > 1L << 30 ? $"{nameof(MaxLogBytes)} is {MaxLogBytes}; it must be from 4 KiB to 1 GiB."
        : MaxLogCount is < 1 or > 100_000 ? $"{nameof(MaxLogCount)} is {MaxLogCount}; it must be from 1 to 100,000."
        : null;
}
