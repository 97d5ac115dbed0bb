namespace Rowen.Protocol.Sessions;

/// <summary>The executor's proof, and its own question.</summary>
/// <param name="Nonce">32 random bytes.</param>
/// <param name="Proof"><see cref="SessionProof.OfExecutor"/>.</param>
public sealed record SessionChallenge(byte[] Nonce, byte[] Proof);
