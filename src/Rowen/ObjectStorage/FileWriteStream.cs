using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.ObjectStorage;

/// <summary>Writes a new file from front to back, and lets the disk begin while more comes. Does not own the file. What the file system refuses is the store's failure, unlike what its reader's other end does.</summary>
/// <param name="file">The file.</param>
/// <param name="path">What it is to be, for people.</param>
internal sealed class FileWriteStream(SafeFileHandle file, string path) : Stream
{
    /// <summary>What is written in no time beside a thread's wake-up is written by whoever brings it.</summary>
    public const int MaxInlineBytes = 64 << 10;

    /// <summary>So large that a disk likes it, and small beside an object that takes long.</summary>
    private const int PieceBytes = 8 << 20;

    private long _writtenBytes;
    private long _startedBytes;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _writtenBytes;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            RandomAccess.Write(file, buffer, _writtenBytes);
        }
        catch (Exception exception) when (FileObjectStore.IsRefusal(exception))
        {
            throw FileObjectStore.Refused(path, exception);
        }

        Advance(buffer.Length);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length <= MaxInlineBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(buffer.Span);
            return;
        }

        for (int at = 0; at < buffer.Length; at += PieceBytes)
        {
            ReadOnlyMemory<byte> piece = buffer.Slice(at, Math.Min(PieceBytes, buffer.Length - at));
            try
            {
                await RandomAccess.WriteAsync(file, piece, _writtenBytes, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (FileObjectStore.IsRefusal(exception))
            {
                throw FileObjectStore.Refused(path, exception);
            }

            Advance(piece.Length);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        // Whoever owns the file flushes it.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Advance(int count)
    {
        _writtenBytes += count;
        if (_writtenBytes - _startedBytes >= PieceBytes)
        {
            FileWriteback.Start(file, _startedBytes, _writtenBytes - _startedBytes);
            _startedBytes = _writtenBytes;
        }
    }
}
