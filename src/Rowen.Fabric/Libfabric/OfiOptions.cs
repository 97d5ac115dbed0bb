namespace Rowen.Fabric.Libfabric;

/// <summary>What can be chosen about libfabric. The defaults let libfabric and a probe of each connection decide.</summary>
public sealed record OfiOptions
{
    /// <summary>The libfabric provider to use, as <c>fi_info</c> names it: <c>verbs;ofi_rxm</c>, <c>cxi</c>.</summary>
    /// <value>Null: the best that both sides have. libfabric's own <c>shm</c> is refused.</value>
    public string? LibfabricProvider { get; init; }

    /// <summary>Whether only networks with adapters of their own are used, and never libfabric's TCP, which is slower than <c>tcp</c>.</summary>
    /// <value>False: libfabric may take whatever both sides have.</value>
    public bool OnlyAdapters { get; init; }

    /// <summary>How writes with a notification are done, where a test wants to say so.</summary>
    /// <value><see cref="OfiStrategy.None"/>: each side probes each connection.</value>
    public OfiStrategy Strategy { get; init; }

    /// <summary>Bytes that admit to a part of the network (libfabric's <c>auth_key</c>; Slingshot: service and VNI).</summary>
    /// <value>Empty: the network asks for none, or libfabric finds it by itself, as it does within a Slurm job.</value>
    public ReadOnlyMemory<byte> AuthorizationKey { get; init; }

    /// <summary>The most that one operation of libfabric moves; what is longer goes in pieces, one after the other.</summary>
    /// <value>1 GiB, the most that InfiniBand's verbs take; a provider's own limit counts as well.</value>
    public ulong MaxOperationBytes { get; init; } = 1UL << 30;
}
