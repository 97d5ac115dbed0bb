using System.Security.Cryptography;

namespace Rowen.ObjectStorage;

/// <summary>By the SHA-256 of all bytes.</summary>
internal sealed class Sha256Check(byte[] expected) : ContentCheck("SHA-256")
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override void Add(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public override bool IsRight() => _hash.GetHashAndReset().AsSpan().SequenceEqual(expected);

    public override void Dispose() => _hash.Dispose();
}
