using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>The executor's proof, and its own question.</summary>
/// <param name="Nonce">32 random bytes.</param>
/// <param name="Proof"><see cref="SessionProof.OfExecutor"/>.</param>
public sealed record SessionChallenge(byte[] Nonce, byte[] Proof) : IControlMessage<SessionChallenge>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.Bytes(Nonce);
        writer.Bytes(Proof);
    }

    /// <inheritdoc/>
    public static SessionChallenge ReadFrom(ref MessageReader reader) => new(reader.Bytes(), reader.Bytes());
}
