namespace Rowen.Protocol.Sessions;

/// <summary>The owner's proof, and what it wants.</summary>
/// <param name="Proof"><see cref="SessionProof.OfOwner"/>.</param>
/// <param name="Providers">Names of the fabric providers that the owner can use for these lanes, fastest first.</param>
public sealed record SessionAttach(byte[] Proof, IReadOnlyList<string> Providers);
