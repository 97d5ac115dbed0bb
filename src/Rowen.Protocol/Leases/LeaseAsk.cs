using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Leases;

/// <summary>What a client asks the resource manager for: the body of <c>POST /v1/leases</c>.</summary>
public sealed record LeaseAsk
{
    /// <summary>Cores to run functions on, or memory to read and write from afar.</summary>
    public LeaseKind Kind { get; set; }

    /// <summary>How many cores, all on one node.</summary>
    /// <value>1 or more; 0 asks for every core of the node that has most free ones. A lease on memory has 0: none.</value>
    public int Cores { get; set; } = 1;

    /// <summary>How much memory the executor may use, in bytes; <see cref="MemoryLending.OverheadBytes"/> of a lease on memory are not lent.</summary>
    /// <value>0 asks for the node's share: its memory divided by its cores, times the leased cores. A lease on memory names its size.</value>
    public long MemoryBytes { get; set; }

    /// <summary>Nodes on which it must not lie: those of leases that it is to outlive, or to share the load with. At most 64; absent: none.</summary>
    public IReadOnlyList<NodeId>? NotOn { get; set; }

    /// <summary>On how many nodes: each gives a lease of its own, with the cores and memory above, and all are granted in one moment or none is.</summary>
    /// <value>1; to 256.</value>
    public int Nodes { get; set; } = 1;

    /// <summary>How few of <see cref="Nodes"/> are enough, if there are no more in that moment.</summary>
    /// <value>0: no fewer than all.</value>
    public int AtLeast { get; set; }

    /// <summary>How many cores whoever asks could use in all, by leases such as this one: so many are harvested while it waits. Never what is granted.</summary>
    /// <value>0: no more than it asks for.</value>
    public int UsefulCores { get; set; }

    /// <summary>How long the lease lives unless it is renewed, in milliseconds. The manager may cut it.</summary>
    public long DurationMs { get; set; } = 60_000;

    /// <summary>How long the node must be there still when the lease begins, in milliseconds: what runs on it may take so long.</summary>
    /// <value>0: the manager's own minimum. Matters on nodes whose allocation ends.</value>
    public long LastsMs { get; set; }

    /// <summary>What bounds the speed of what will run: beside batch jobs that it would hurt it is not placed.</summary>
    public BoundBy Bound { get; set; }

    /// <summary>Input slots of each lane: how many invocations can be under way on one core.</summary>
    public int SlotCount { get; set; } = 4;

    /// <summary>Payload of a slot in bytes; larger payloads go by rendezvous.</summary>
    public int SlotBytes { get; set; } = 65_536;

    /// <summary>How long an idle executor thread keeps polling before it sleeps, in microseconds; -1 for ever, 0 never.</summary>
    public long HotWindowUs { get; set; } = 100;

    /// <summary>Whether to wait in the manager's queue when the request cannot be met at once; otherwise it fails.</summary>
    public bool MayWait { get; set; } = true;

    /// <summary>How long it may wait, in milliseconds.</summary>
    public long MaxWaitMs { get; set; } = 600_000;

    /// <summary>The code package that will be called: the executor loads it while its owner still connects.</summary>
    /// <value>Null if that is not known yet. An executor can load others, too.</value>
    public CodePackageId? Package { get; set; }

    /// <summary>Who asks, for people: program, process and host.</summary>
    public string Client { get; set; } = string.Empty;

    /// <summary>Whose it is. The manager sets it, by the connection on which it was asked for.</summary>
    public string User { get; set; } = string.Empty;

    /// <summary>The fewest nodes that it is content with.</summary>
    public int MinNodes() => AtLeast == 0 ? Nodes : AtLeast;

    /// <summary>Whether it must not lie on a node.</summary>
    /// <param name="node">The node.</param>
    public bool Avoids(NodeId node) => NotOn?.Contains(node) == true;
}
