namespace Rowen.NodeAgent;

/// <summary>Numbers by which the agent decides.</summary>
internal sealed record AgentOptions
{
    /// <summary>Executors that wait, started and warm, for a lease.</summary>
    /// <value>2: the pool is filled again half a second after a lease, and each waiting process holds some 40 MiB.</value>
    public int PoolSize { get; init; } = 2;

    /// <summary>How long after an assignment the pool is filled again.</summary>
    /// <value>500 ms: starting a process takes a core for some 100 ms, which a fresh lease's first calls would feel.</value>
    public long RefillDelayMs { get; init; } = 500;

    /// <summary>The same while every core is leased.</summary>
    /// <value>2 s: leases of a second are not disturbed at all, and after longer ones the next finds its executor ready.</value>
    public long FullNodeRefillDelayMs { get; init; } = 2_000;

    /// <summary>Bound of a process's start.</summary>
    /// <value>20 s: a hundred times the usual start, for nodes whose file system is slow.</value>
    public long StartTimeoutMs { get; init; } = 20_000;

    /// <summary>How long running invocations may still finish when the agent drains.</summary>
    public long DrainGraceMs { get; init; } = 5_000;

    /// <summary>When every lease must have ended, on the agent's clock.</summary>
    /// <value><see cref="long.MaxValue"/>: no end of the node's allocation is known.</value>
    public long EndsAtMs { get; init; } = long.MaxValue;

    /// <summary>How long the agent stays while it has neither a lease nor a manager.</summary>
    /// <value><see cref="long.MaxValue"/>: for ever.</value>
    public long OrphanBoundMs { get; init; } = long.MaxValue;

    /// <summary>What an executor gets beyond its grace to tell its owner and exit, before it is killed.</summary>
    public long EndMarginMs { get; init; } = 500;

    /// <summary>Longest pause between starts of pooled executors that keep failing.</summary>
    public long MaxRefillDelayMs { get; init; } = 60_000;

    /// <summary>Ended leases that are remembered, for orders that repeat.</summary>
    public int EndedLeaseCount { get; init; } = 1_000;
}
