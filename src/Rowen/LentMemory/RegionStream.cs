using Rowen.ObjectStorage;

namespace Rowen.LentMemory;

/// <summary>The first bytes of a region as a stream of fixed length.</summary>
/// <remarks>Thread safety: none, as streams have it; several streams of one region are fine.</remarks>
/// <param name="region">The region, which stays.</param>
/// <param name="lengthBytes">How many bytes of it.</param>
/// <param name="canWrite">Whether they can be written through the stream.</param>
/// <param name="disposed">Called once when the stream is disposed; null: nobody wants to know.</param>
internal sealed class RegionStream(MemoryRegion region, long lengthBytes, bool canWrite, Action? disposed) : Stream
{
    private Action? _disposed = disposed;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => canWrite;

    public override long Length => lengthBytes;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer)
    {
        int length = Available(buffer.Length);
        region.Read(_position, buffer[..length]);
        _position += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int length = Available(buffer.Length);
        await region.ReadAsync(_position, buffer[..length], cancellationToken).ConfigureAwait(false);
        _position += length;
        return length;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        CheckRoom(buffer.Length);
        region.Write(_position, buffer);
        _position += buffer.Length;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckRoom(buffer.Length);
        await region.WriteAsync(_position, buffer, cancellationToken).ConfigureAwait(false);
        _position += buffer.Length;
    }

    public override long Seek(long offset, SeekOrigin origin) => _position = ReadOnlyStream.SeekTarget(_position, Length, offset, origin, "region");

    public override void Flush()
    {
        // What was written is there already.
    }

    public override void SetLength(long value) => throw new NotSupportedException("The length of a region is what it was allocated with.");

    protected override void Dispose(bool disposing)
    {
        Interlocked.Exchange(ref _disposed, null)?.Invoke();
        base.Dispose(disposing);
    }

    private int Available(int wanted) => (int)Math.Min(wanted, Math.Max(0, Length - _position));

    private void CheckRoom(int count)
    {
        if (!canWrite)
        {
            throw new NotSupportedException("An object is only read.");
        }

        if (count > Length - _position)
        {
            throw new IOException($"{count} bytes at {_position} leave the region of {Length} bytes, which cannot grow.");
        }
    }
}
