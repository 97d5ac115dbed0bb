namespace Rowen.Fabric;

/// <summary>Everything that one side needs to connect its endpoint with a peer's.</summary>
/// <param name="PeerAddress">The peer's <see cref="FabricEndpoint.Address"/>, received over the control socket.</param>
/// <param name="Token">32 random bytes that both sides hold, and nobody else; the connection is refused without.</param>
/// <param name="IsInitiator">True on exactly one side: the one that opens; the other waits for it.</param>
/// <param name="Timeout">Bound of the whole attempt.</param>
public sealed record ConnectRequest(
    ReadOnlyMemory<byte> PeerAddress, ReadOnlyMemory<byte> Token, bool IsInitiator, TimeSpan Timeout)
{
    /// <summary>Length of <see cref="Token"/>, in bytes.</summary>
    public const int TokenSizeBytes = 32;
}
