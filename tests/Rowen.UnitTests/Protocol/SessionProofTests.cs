using Rowen.Protocol.Sessions;

namespace Rowen.UnitTests.Protocol;

public sealed class SessionProofTests
{
    private readonly byte[] _secret = [.. Enumerable.Repeat((byte)1, 32)];
    private readonly byte[] _ownerNonce = [.. Enumerable.Repeat((byte)2, 32)];
    private readonly byte[] _executorNonce = [.. Enumerable.Repeat((byte)3, 32)];

    [Fact]
    public void Neither_proof_can_be_played_back_as_the_other()
    {
        byte[] owner = SessionProof.OfOwner(_secret, _ownerNonce, _executorNonce);
        byte[] executor = SessionProof.OfExecutor(_secret, _ownerNonce, _executorNonce);

        Assert.NotEqual(owner, executor);
        Assert.True(SessionProof.Equals(owner, SessionProof.OfOwner(_secret, _ownerNonce, _executorNonce)));
        Assert.False(SessionProof.Equals(owner, executor));
    }

    [Fact]
    public void Proof_depends_on_the_secret_and_on_both_nonces()
    {
        byte[] proof = SessionProof.OfOwner(_secret, _ownerNonce, _executorNonce);

        Assert.False(SessionProof.Equals(proof, SessionProof.OfOwner(_ownerNonce, _ownerNonce, _executorNonce)));
        Assert.False(SessionProof.Equals(proof, SessionProof.OfOwner(_secret, _secret, _executorNonce)));
        Assert.False(SessionProof.Equals(proof, SessionProof.OfOwner(_secret, _ownerNonce, _secret)));
        Assert.False(SessionProof.Equals(proof, proof.AsSpan(0, 31)));
    }
}
