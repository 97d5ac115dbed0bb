namespace Rowen.Fabric.Libfabric;

/// <summary>
/// Moves bytes over whatever libfabric drives: InfiniBand and RoCE (<c>verbs</c>), Slingshot (<c>cxi</c>), EFA, Omni-Path; and TCP, which is
/// for tests. Needs libfabric.so.1 from 1.11 on, which is loaded when the first endpoint is opened. Linux only.
/// </summary>
/// <remarks>
/// Reliable-datagram endpoints only. libfabric is not trusted to say who lives: a socket beside each connection
/// carries addresses and keys, and its end is the peer's.
/// </remarks>
public sealed class OfiProvider : FabricProvider
{
    /// <summary>Uses the best provider that libfabric has, and finds out what it can do.</summary>
    public OfiProvider()
        : this(new OfiOptions())
    {
    }

    /// <summary>Uses libfabric as the options say.</summary>
    /// <param name="options">What is chosen; the rest is found out.</param>
    public OfiProvider(OfiOptions options) => Options = options;

    /// <inheritdoc/>
    public override string Name => "ofi";

    /// <inheritdoc/>
    public override string? WhyNotByItself => FabricOffer.WhyNoFastNetwork;

    internal OfiOptions Options { get; }

    /// <inheritdoc/>
    public override FabricEndpoint OpenEndpoint(EndpointOptions options)
    {
        LibfabricOffer.RefuseLoopback(Options.LibfabricProvider);
        return new OfiEndpoint(this, options);
    }
}
