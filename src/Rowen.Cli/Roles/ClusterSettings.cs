using System.Net;
using Microsoft.Extensions.Logging;

namespace Rowen.Cli.Roles;

/// <summary>What <c>rowen up</c> starts.</summary>
internal sealed record ClusterSettings
{
    /// <summary>The manager's state; the agent's lies in the folder <c>agent</c> below.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Where the cluster file goes once both roles are ready.</summary>
    public required string ClusterPath { get; init; }

    /// <summary>Where to listen for other nodes; null: this node only.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>What users and accounts may have; null: there is no limit.</summary>
    public string? LimitsFile { get; init; }

    /// <summary>Executors kept started for the next lease.</summary>
    public int PoolSize { get; init; } = 2;

    /// <summary>Cores on offer; null: all that we may use.</summary>
    public int? Cores { get; init; }

    /// <summary>Memory on offer; null: what is free, less a reserve.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The options by which nodes come from a batch system, as typed; empty: the node is this machine.</summary>
    public IReadOnlyList<string> HarvestArguments { get; init; } = [];

    /// <summary>The same for people.</summary>
    public string? Harvests { get; init; }

    /// <summary>How long running invocations may finish at the end.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
