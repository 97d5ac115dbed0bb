using System.Security.Cryptography;

namespace Rowen.ObjectStorage;

/// <summary>A whole object, whose SHA-256 is known, read from front to back: the end is reached only if every byte was right.</summary>
internal sealed class VerifyingStream(Stream whole, byte[] sha256, string store, string name) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isVerified;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    /// <summary>Known, although the stream goes one way only.</summary>
    public override long Length => whole.Length;

    public override long Position
    {
        get => whole.Position;
        set => throw new NotSupportedException("This stream is read from front to back. Open the range that is wanted.");
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer)
    {
        int count = whole.Read(buffer);
        Take(buffer[..count], buffer.Length);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await whole.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Take(buffer.Span[..count], buffer.Length);
        return count;
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("This stream is read from front to back. Open the range that is wanted.");

    public override void SetLength(long value) => throw new NotSupportedException("An object is only read.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("An object is only read.");

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
