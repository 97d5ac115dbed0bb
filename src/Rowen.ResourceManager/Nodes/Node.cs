using System.Globalization;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Nodes;

/// <summary>One node: what it offers, and which leases hold how much of it.</summary>
internal sealed class Node(NodeId id, string instance)
{
    private readonly Dictionary<LeaseId, Lease> _holders = [];

    public NodeId Id { get; } = id;

    public string Instance { get; } = instance;

    /// <summary>Its agent's state folder; empty if the agent has not said.</summary>
    public string FolderId { get; private set; } = string.Empty;

    /// <summary>Where on the node its agent keeps the logs of leases; empty if the agent has not said.</summary>
    public string LogFolder { get; private set; } = string.Empty;

    public string Name { get; private set; } = string.Empty;

    public int Cores { get; private set; }

    public long MemoryBytes { get; private set; }

    /// <summary>What it offers, were it empty.</summary>
    public NodeShape Shape => new(Cores, MemoryBytes);

    public int FreeCores { get; private set; }

    public long FreeMemoryBytes { get; private set; }

    public NodePresence Presence { get; set; }

    public bool IsDraining { get; set; }

    /// <summary>It was told to leave, and gets no lease any more, whatever its agent says until it has heard that.</summary>
    public bool IsSentAway { get; set; }

    /// <summary>The batch job that its agent runs in; empty: in none.</summary>
    public string BatchJob { get; private set; } = string.Empty;

    /// <summary>What bounds the job's own work, beside which its agent runs.</summary>
    public BoundBy JobBound { get; private set; }

    /// <summary>When its allocation ends; <see cref="long.MaxValue"/>: no end is known.</summary>
    public long EndsAtMs { get; private set; } = long.MaxValue;

    public long HeardAtMs { get; set; }

    /// <summary>As its agent has last measured; 0: never.</summary>
    public double MemorySlowDown { get; set; }

    /// <summary>The agent's clock minus ours; never more than the truth, since reports take time to arrive.</summary>
    public long AgentClockOffsetMs { get; private set; }

    /// <summary>Number of the stream on which it hears orders; zero while there is none.</summary>
    public long OrderStream { get; set; }

    /// <summary>Leases that the agent serves and nobody here knows. Until they end, what is free is unknown.</summary>
    public HashSet<LeaseId> Strays { get; } = [];

    public string RowenVersion { get; private set; } = string.Empty;

    public string Fabrics { get; private set; } = string.Empty;

    /// <summary>Leases that hold cores and memory of this node, also those whose end is not confirmed yet.</summary>
    public IReadOnlyDictionary<LeaseId, Lease> Holders => _holders;

    public bool IsKnownToExist => Presence is NodePresence.Present or NodePresence.Recovering;

    /// <summary>Whether its agent hears orders now.</summary>
    public bool IsConnected => Presence == NodePresence.Present && OrderStream != 0;

    /// <summary>Whether a lease could be placed here at some time, though perhaps not now.</summary>
    public bool TakesLeases => IsKnownToExist && !IsDraining && !IsSentAway;

    public void Offer(NodeRecord offer)
    {
        FreeCores += offer.Cores - Cores;
        FreeMemoryBytes += offer.MemoryBytes - MemoryBytes;
        (Cores, MemoryBytes, Name, RowenVersion, Fabrics) = (offer.Cores, offer.MemoryBytes, offer.Name, offer.RowenVersion, offer.Fabrics);
        FolderId = offer.FolderId;
        LogFolder = offer.LogFolder;
        BatchJob = offer.BatchJob;
        JobBound = offer.JobBound;
    }

    /// <summary>Its allocation ends at a time of the agent's clock; zero: nobody knows of an end.</summary>
    public void EndsAt(long agentMs) => EndsAtMs = agentMs == 0 ? long.MaxValue : agentMs - AgentClockOffsetMs;

    /// <summary>When a lease of some duration ends that begins or is renewed now: it never outlives the allocation.</summary>
    public long EndOf(Lease lease, long nowMs) => Math.Min(nowMs + lease.Ask.DurationMs, EndsAtMs);

    public NodeRecord ToRecord() => new()
    {
        Id = Id,
        Instance = Instance,
        FolderId = FolderId,
        LogFolder = LogFolder,
        BatchJob = BatchJob,
        JobBound = JobBound,
        Name = Name,
        RowenVersion = RowenVersion,
        Fabrics = Fabrics,
        Cores = Cores,
        MemoryBytes = MemoryBytes,
        HasLeft = Presence == NodePresence.Gone,
    };

    public void Hear(long agentClockMs, long nowMs)
    {
        HeardAtMs = nowMs;
        AgentClockOffsetMs = agentClockMs - nowMs;
    }

    public void Hold(Lease lease)
    {
        _holders.Add(lease.Id, lease);
        FreeCores -= lease.Cores;
        FreeMemoryBytes -= lease.MemoryBytes;
    }

    public void Free(Lease lease)
    {
        if (_holders.Remove(lease.Id))
        {
            FreeCores += lease.Cores;
            FreeMemoryBytes += lease.MemoryBytes;
        }
    }

    public string StateAt(long nowMs, NodeOptions options) => Presence switch
    {
        NodePresence.Gone => "gone",
        NodePresence.Lost => "lost",
        _ when IsSuspectAt(nowMs, options) => "suspect",
        _ => IsDraining || IsSentAway ? "draining" : "up",
    };

    public bool IsSuspectAt(long nowMs, NodeOptions options) =>
        Presence == NodePresence.Recovering || nowMs - HeardAtMs >= options.SuspectAfter.TotalMilliseconds;

    public NodeView ViewAt(long nowMs, NodeOptions options) => new()
    {
        Id = Id,
        Name = Name,
        State = StateAt(nowMs, options),
        Cores = Cores,
        FreeCores = IsKnownToExist ? Math.Max(0, FreeCores) : 0,
        MemoryBytes = MemoryBytes,
        FreeMemoryBytes = IsKnownToExist ? Math.Max(0, FreeMemoryBytes) : 0,
        LeaseCount = _holders.Values.Count(lease => lease.State != LeaseState.Ended),
        EndedLeaseCount = _holders.Values.Count(lease => lease.State == LeaseState.Ended),
        SilentMs = nowMs - HeardAtMs,
        BatchJob = BatchJob,
        MemorySlowDown = MemorySlowDown,
        RemainingMs = EndsAtMs == long.MaxValue || !IsKnownToExist ? null : Math.Max(0, EndsAtMs - nowMs),
        RowenVersion = RowenVersion,
        Fabrics = Fabrics,
    };

    /// <summary>For sentences: <c>N1 (host)</c>.</summary>
    public override string ToString() =>
        Name.Length == 0 ? Id.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Id} ({Name})");
}
