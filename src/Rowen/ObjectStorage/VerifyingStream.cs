namespace Rowen.ObjectStorage;

/// <summary>A whole object, of which a checksum is known, read from front to back: the end is reached only if every byte was right.</summary>
internal sealed class VerifyingStream(Stream whole, ContentCheck check, string store, string name) : ReadOnlyStream
{
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
            check.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> bytes, int wanted)
    {
        check.Add(bytes);
        bool isAtEnd = whole.Position == Length && wanted > 0;
        if (isAtEnd && !_isVerified)
        {
            _isVerified = true;
            if (!check.IsRight())
            {
                throw new IOException($"'{name}' of {store} is damaged: its bytes have another {check.Name} than when it was put. Put it anew.");
            }
        }
    }
}
