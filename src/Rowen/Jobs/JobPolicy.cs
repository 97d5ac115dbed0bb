using Rowen.Protocol.Leases;

namespace Rowen.Jobs;

/// <summary>Of the options of a detached map, those that its process needs. The words are those of <see cref="MapOptions"/> and <see cref="LeaseRequest"/>.</summary>
/// <remarks>What journals of before do not say is as it was then.</remarks>
internal sealed record JobPolicy
{
    /// <summary>How long a job goes without a lease of which nobody has said it.</summary>
    public static readonly TimeSpan DefaultMaxWait = TimeSpan.FromHours(1);

    public int MaxExceptionRetries { get; set; }

    public int MaxExecutorDeaths { get; set; }

    public int MaxLostLeases { get; set; }

    public long MaxMemoryBytes { get; set; }

    public double StragglerFactor { get; set; }

    public double IdleMs { get; set; }

    public double HotMs { get; set; }

    public int SlotCount { get; set; }

    public int SlotBytes { get; set; }

    public string? Provider { get; set; }

    public double LeaseMs { get; set; }

    public double TimeRequestMs { get; set; }

    public BoundBy Bound { get; set; }

    public double MaxWaitMs { get; set; } = DefaultMaxWait.TotalMilliseconds;

    /// <summary>Of each process of the job; 0: none.</summary>
    public double TimeoutMs { get; set; }

    public double StopMs { get; set; } = 1_000;

    public static JobPolicy Of(MapOptions options) => new()
    {
        MaxExceptionRetries = options.MaxExceptionRetries,
        MaxExecutorDeaths = options.MaxExecutorDeaths,
        MaxLostLeases = options.MaxLostLeases,
        MaxMemoryBytes = options.MaxMemoryBytes,
        StragglerFactor = options.StragglerFactor,
        IdleMs = options.IdleTime.TotalMilliseconds,
        HotMs = options.Lease.HotWindow.TotalMilliseconds,
        SlotCount = options.Lease.SlotCount,
        SlotBytes = options.Lease.SlotBytes,
        Provider = options.Lease.Provider,
        Bound = options.Lease.Bound,
        TimeRequestMs = options.TimeRequest.TotalMilliseconds,
        LeaseMs = options.Lease.Duration.TotalMilliseconds,
        MaxWaitMs = options.Lease.MaxWait.TotalMilliseconds,
        TimeoutMs = options.Timeout.TotalMilliseconds,
        StopMs = options.StopTime.TotalMilliseconds,
    };

    public MapOptions Apply(MapOptions options) => ApplyLimits(options) with
    {
        TimeRequest = TimeSpan.FromMilliseconds(TimeRequestMs),
        IdleTime = TimeSpan.FromMilliseconds(IdleMs),
        Lease = Apply(options.Lease),
    };

    /// <summary>What runs again and how long it is waited for, whatever the leases are like. The time for all is the job's, which may be more than one map.</summary>
    public MapOptions ApplyLimits(MapOptions options) => options with
    {
        MaxExceptionRetries = MaxExceptionRetries,
        MaxExecutorDeaths = MaxExecutorDeaths,
        MaxLostLeases = MaxLostLeases,
        MaxMemoryBytes = MaxMemoryBytes,
        StragglerFactor = StragglerFactor,
        StopTime = TimeSpan.FromMilliseconds(StopMs),
        Lease = options.Lease with { MaxWait = TimeSpan.FromMilliseconds(MaxWaitMs), Bound = Bound },
    };

    public LeaseRequest Apply(LeaseRequest request) => request with
    {
        HotWindow = TimeSpan.FromMilliseconds(HotMs),
        SlotCount = SlotCount,
        SlotBytes = SlotBytes,
        Provider = Provider,
        Bound = Bound,
        Duration = TimeSpan.FromMilliseconds(LeaseMs),
        MaxWait = TimeSpan.FromMilliseconds(MaxWaitMs),
    };
}
