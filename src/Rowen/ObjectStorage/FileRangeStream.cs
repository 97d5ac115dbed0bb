using Microsoft.Win32.SafeHandles;

namespace Rowen.ObjectStorage;

/// <summary>A range of an open file, read only. Disposes the file.</summary>
/// <param name="file">The file.</param>
/// <param name="path">Where it is, for people.</param>
/// <param name="offset">Its byte that is byte 0 here.</param>
/// <param name="lengthBytes">How many bytes.</param>
/// <param name="check">Throws if the file is another than it was; asked at the end of the range, or of the file.</param>
internal sealed class FileRangeStream(SafeFileHandle file, string path, long offset, long lengthBytes, Action check) : ReadOnlyStream
{
    /// <summary>Few bytes are read in the caller's own thread: handing them to another costs more than a disk's cache takes.</summary>
    private const int MaxInlineBytes = 64 << 10;

    /// <summary>From here on a read goes in two halves at a time: one thread cannot copy as fast as memory, or a parallel file system, gives.</summary>
    private const int MinHalvedBytes = 8 << 20;

    private long _position;

    public override bool CanSeek => true;

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

    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = RandomAccess.Read(file, buffer[..Available(buffer.Length)], offset + _position);
        }
        catch (Exception exception) when (FileObjectStore.IsRefusal(exception))
        {
            throw FileObjectStore.Refused(path, exception);
        }

        return Advance(count, buffer.Length);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Math.Min(buffer.Length, lengthBytes - _position) <= MaxInlineBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Read(buffer.Span);
        }

        Memory<byte> wanted = buffer[..Available(buffer.Length)];
        int count;
        try
        {
            count = wanted.Length < MinHalvedBytes
                ? await RandomAccess.ReadAsync(file, wanted, offset + _position, cancellationToken).ConfigureAwait(false)
                : await ReadHalvesAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (FileObjectStore.IsRefusal(exception))
        {
            throw FileObjectStore.Refused(path, exception);
        }

        return Advance(count, buffer.Length);
    }

    public override long Seek(long offset, SeekOrigin origin) => _position = SeekTarget(_position, Length, offset, origin, "object");

    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }

    private async Task<int> ReadHalvesAsync(Memory<byte> wanted, CancellationToken cancellationToken)
    {
        int half = wanted.Length / 2;
        Task<int> first = RandomAccess.ReadAsync(file, wanted[..half], offset + _position, cancellationToken).AsTask();
        Task<int> second = RandomAccess.ReadAsync(file, wanted[half..], offset + _position + half, cancellationToken).AsTask();
        int[] counts = await Task.WhenAll(first, second).ConfigureAwait(false); // both are over before the buffer is its owner's again
        return counts[0] < half ? counts[0] : half + counts[1];
    }

    private int Available(int wanted) => (int)Math.Min(wanted, Math.Max(0, lengthBytes - _position));

    /// <summary>Bytes count only if the file is still the one that was found, as far as the last of them is concerned.</summary>
    private int Advance(int count, int wanted)
    {
        _position += count;
        if (wanted > 0 && (count == 0 || _position == lengthBytes))
        {
            check();
        }

        return count;
    }
}
