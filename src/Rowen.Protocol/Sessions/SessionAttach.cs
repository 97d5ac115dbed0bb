using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>The owner's proof, and what it wants.</summary>
/// <param name="Proof"><see cref="SessionProof.OfOwner"/>.</param>
/// <param name="Providers">Names of the fabric providers that the owner can use for these lanes, fastest first.</param>
public sealed record SessionAttach(byte[] Proof, IReadOnlyList<string> Providers) : IControlMessage<SessionAttach>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.Bytes(Proof);
        writer.TextList(Providers);
    }

    /// <inheritdoc/>
    public static SessionAttach ReadFrom(ref MessageReader reader) => new(reader.Bytes(), reader.TextList());
}
