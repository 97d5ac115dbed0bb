using System.Security.Cryptography;

namespace Rowen.Protocol.Sessions;

/// <summary>Proof that a side knows the lease's secret, without saying it: HMAC-SHA-256 over a role and both nonces.</summary>
public static class SessionProof
{
    /// <summary>Length of secrets, nonces and proofs, in bytes.</summary>
    public const int SizeBytes = 32;

    /// <summary>The executor's proof.</summary>
    /// <param name="secret">The lease's secret.</param>
    /// <param name="ownerNonce">From <see cref="SessionHello"/>.</param>
    /// <param name="executorNonce">From <see cref="SessionChallenge"/>.</param>
    public static byte[] OfExecutor(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> ownerNonce, ReadOnlySpan<byte> executorNonce) =>
        Compute(secret, "rowen executor"u8, ownerNonce, executorNonce);

    /// <summary>The owner's proof; another role, so that neither proof can be played back as the other.</summary>
    /// <param name="secret">The lease's secret.</param>
    /// <param name="ownerNonce">From <see cref="SessionHello"/>.</param>
    /// <param name="executorNonce">From <see cref="SessionChallenge"/>.</param>
    public static byte[] OfOwner(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> ownerNonce, ReadOnlySpan<byte> executorNonce) =>
        Compute(secret, "rowen owner"u8, ownerNonce, executorNonce);

    /// <summary>Compares in a time that does not depend on where the difference is.</summary>
    /// <param name="expected">What it should be.</param>
    /// <param name="received">What the peer sent.</param>
    public static bool Equals(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> received) =>
        CryptographicOperations.FixedTimeEquals(expected, received);

    private static byte[] Compute(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> role, ReadOnlySpan<byte> ownerNonce, ReadOnlySpan<byte> executorNonce) =>
        HMACSHA256.HashData(secret, [.. role, .. ownerNonce, .. executorNonce]);
}
