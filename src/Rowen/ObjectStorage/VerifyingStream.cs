using System.Security.Cryptography;

namespace Rowen.ObjectStorage;

/// <summary>A whole object, whose SHA-256 is known, read from front to back: the end is reached only if every byte was right.</summary>
internal sealed class VerifyingStream(Stream whole, byte[] sha256, string store, string name) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isVerified;

    /// <summary>Known, although the stream goes one way only.</summary>
    public override long Length => whole.Length;

    public override long Position
    {
        get => whole.Position;
        set => throw OneWay();
    }

    public override int Read(Span<byte> buffer)
    {
        int count = whole.Read(buffer);
        Take(buffer[..count], buffer.Length);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await whole.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Take(buffer.Span[..count], buffer.Length);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            whole.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> bytes, int wanted)
    {
        _hash.AppendData(bytes);
        bool isAtEnd = whole.Position == Length && wanted > 0;
        if (isAtEnd && !_isVerified)
        {
            _isVerified = true;
            if (!_hash.GetHashAndReset().AsSpan().SequenceEqual(sha256))
            {
                throw new IOException($"'{name}' of {store} is damaged: its bytes have another SHA-256 than when it was put. Put it anew.");
            }
        }
    }
}
