namespace Rowen.Fabric.Tcp;

/// <summary>Moves bytes over TCP: between any two machines, with nothing but the operating system. Linux only.</summary>
/// <remarks>
/// A data socket is neither encrypted nor trusted with liveness: who may connect is decided by the token, which both
/// sides got over the authenticated control socket, and each frame is checked against what was shared.
/// </remarks>
public sealed class TcpProvider : FabricProvider
{
    /// <inheritdoc/>
    public override string Name => "tcp";

    /// <inheritdoc/>
    public override FabricEndpoint OpenEndpoint(EndpointOptions options) => new TcpEndpoint(this, options);
}
