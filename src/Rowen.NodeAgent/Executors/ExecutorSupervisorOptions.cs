using Rowen.NodeAgent.Capacity;

namespace Rowen.NodeAgent.Executors;

/// <summary>What executors are started with.</summary>
internal sealed record ExecutorSupervisorOptions
{
    /// <summary>For messages.</summary>
    public required string NodeName { get; init; }

    /// <summary>The program.</summary>
    public required ExecutorCommand Command { get; init; }

    /// <summary>IP address at which executors listen for owners on other machines; null: they do not.</summary>
    public string? ListenAddress { get; init; }

    /// <summary>Where each executor gets its scratch folder.</summary>
    public required string RunFolder { get; init; }

    /// <summary>The agent's control groups.</summary>
    public required ControlGroups ControlGroups { get; init; }

    /// <summary>Groups of an earlier agent that are still to be removed.</summary>
    public IReadOnlyList<MemoryGroup> LeftGroups { get; init; } = [];

    /// <summary>The cluster file by which functions find their cluster; null if there is none.</summary>
    public string? ClusterPath { get; init; }

    /// <summary>Reads a variable of the agent's environment.</summary>
    public Func<string, string?> ReadVariable { get; init; } = Environment.GetEnvironmentVariable;
}
