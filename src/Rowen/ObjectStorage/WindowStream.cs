namespace Rowen.ObjectStorage;

/// <summary>A range of a stream that can seek, read only: byte 0 is where the range begins. Disposes the whole.</summary>
internal sealed class WindowStream : ReadOnlyStream
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

    public override bool CanSeek => true;

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

    public override int Read(Span<byte> buffer) => _whole.Read(buffer[..Available(buffer.Length)]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _whole.ReadAsync(buffer[..Available(buffer.Length)], cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => Position = SeekTarget(Position, Length, offset, origin, "range");

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
