namespace Rowen.ObjectStorage;

/// <summary>A range of a stream that can seek, read only: byte 0 is where the range begins. Disposes the whole.</summary>
internal sealed class WindowStream : Stream
{
    private readonly Stream _whole;
    private readonly long _start;

    public WindowStream(Stream whole, long start, long lengthBytes)
    {
        _whole = whole;
        _start = start;
        Length = lengthBytes;
        whole.Position = start;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => _whole.Position - _start;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _whole.Position = value + _start;
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer) => _whole.Read(buffer[..Available(buffer.Length)]);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _whole.ReadAsync(buffer[..Available(buffer.Length)], cancellationToken);

    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = checked(offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            SeekOrigin.End => Length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "There is no such origin."),
        });
        return target >= 0 ? Position = target : throw new IOException($"Byte {target} lies before the range.");
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException("An object is only read.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("An object is only read.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _whole.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Available(int wanted) => (int)Math.Min(wanted, Math.Max(0, Length - Position));
}
