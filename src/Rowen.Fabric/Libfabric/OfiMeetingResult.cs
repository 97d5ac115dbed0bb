namespace Rowen.Fabric.Libfabric;

/// <summary>What two ends have agreed on: all that a connection is made of.</summary>
/// <param name="ProviderName">libfabric's provider.</param>
/// <param name="Link">libfabric's objects; the connection owns them from here on.</param>
/// <param name="Buffers">Room for messages, posted.</param>
/// <param name="Side">The socket beside it.</param>
/// <param name="Strategy">How notifications reach the peer, proven by a probe.</param>
/// <param name="OwnSecret">Begins each message of the peer.</param>
/// <param name="PeerSecret">Begins each message to the peer.</param>
internal sealed record OfiMeetingResult(
    string ProviderName,
    OfiLink Link,
    OfiBuffers Buffers,
    OfiSideSocket Side,
    OfiStrategy Strategy,
    ulong OwnSecret,
    ulong PeerSecret)
{
    /// <summary>Without secrets.</summary>
    public override string ToString() => $"{ProviderName}, {Strategy}";
}
