namespace Rowen.ObjectStorage;

/// <summary>What every stream of an object's bytes has in common: it is only read, and from front to back unless a kind of it can do more.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override long Seek(long offset, SeekOrigin origin) => throw OneWay();

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw OnlyRead();

    public override void Write(byte[] buffer, int offset, int count) => throw OnlyRead();

    /// <summary>Where a seek leads to.</summary>
    /// <param name="position">Where the stream stands.</param>
    /// <param name="lengthBytes">Where it ends.</param>
    /// <param name="offset">From the origin.</param>
    /// <param name="origin">Of the seek.</param>
    /// <param name="whole">What the stream is a stream of, for the error.</param>
    /// <exception cref="IOException">It leads before the beginning.</exception>
    internal static long SeekTarget(long position, long lengthBytes, long offset, SeekOrigin origin, string whole)
    {
        long target = checked(offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => position,
            SeekOrigin.End => lengthBytes,
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "There is no such origin."),
        });
        return target >= 0 ? target : throw new IOException($"Byte {target} lies before the {whole}.");
    }

    protected static NotSupportedException OneWay() => new("This stream is read from front to back. Open the range that is wanted.");

    private static NotSupportedException OnlyRead() => new("An object is only read.");
}
