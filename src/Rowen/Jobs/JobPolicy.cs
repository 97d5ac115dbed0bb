using Rowen.Protocol.Leases;

namespace Rowen.Jobs;

/// <summary>Of the options of a detached map, those that its process needs. The words are those of <see cref="MapOptions"/> and <see cref="LeaseRequest"/>.</summary>
internal sealed record JobPolicy
{
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
    };

    public MapOptions Apply(MapOptions options) => options with
    {
        MaxExceptionRetries = MaxExceptionRetries,
        MaxExecutorDeaths = MaxExecutorDeaths,
        MaxLostLeases = MaxLostLeases,
        MaxMemoryBytes = MaxMemoryBytes,
        StragglerFactor = StragglerFactor,
        TimeRequest = TimeSpan.FromMilliseconds(TimeRequestMs),
        IdleTime = TimeSpan.FromMilliseconds(IdleMs),
        Lease = Apply(options.Lease),
    };

    public LeaseRequest Apply(LeaseRequest request) => request with
    {
        HotWindow = TimeSpan.FromMilliseconds(HotMs),
        SlotCount = SlotCount,
        SlotBytes = SlotBytes,
        Provider = Provider,
        Bound = Bound,
        Duration = TimeSpan.FromMilliseconds(LeaseMs),
    };
}
