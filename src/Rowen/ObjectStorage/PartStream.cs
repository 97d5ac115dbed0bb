using System.Diagnostics.CodeAnalysis;

namespace Rowen.ObjectStorage;

/// <summary>The records of a part.</summary>
/// <remarks>
/// A record ends with its line break. The part begins behind the first record end at or after the byte before its start, and ends with the first one at or after the
/// byte before its end: one rule for both, so that neighbours fit whatever the sizes are.
/// </remarks>
[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "Who reads without await has a thread for it; opening needs none of his.")]
internal sealed class PartStream : ReadOnlyStream
{
    /// <summary>Read along with the part: most records that cross its end are shorter, and then nothing more is asked for.</summary>
    private const int AlongBytes = 64 << 10;

    private const long MaxMoreBytes = 64 << 20;

    private readonly ObjectPart _part;
    private readonly Func<long, long, CancellationToken, Task<Stream>> _open;
    private readonly RecordEnd _end;
    private readonly byte[] _skipped;
    private ReadOnlyMemory<byte> _staged;
    private Stream? _source;
    private long _sourceAt;
    private long _moreBytes = 1 << 20;
    private bool _isPrepared;
    private bool _hasEnded;

    public PartStream(ObjectPart part, Func<long, long, CancellationToken, Task<Stream>> open)
    {
        _part = part;
        _open = open;
        _end = new RecordEnd(part.Records, part.StartsQuoted);
        _skipped = IsCutAtStart ? new byte[AlongBytes] : [];
        _hasEnded = part.StartBytes >= part.EndBytes;
    }

    public override long Length => throw new NotSupportedException("How long the part is shows at its end.");

    public override long Position
    {
        get => throw new NotSupportedException("A part is read from front to back.");
        set => throw new NotSupportedException("A part is read from front to back.");
    }

    private bool IsCutAtStart => _part.Records != Records.Bytes && _part.StartBytes > 0;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (TryTakeStaged(buffer, out int staged))
            {
                return staged;
            }

            if (_isPrepared && _source!.Read(buffer) is var count and > 0)
            {
                return Take(buffer[..count]);
            }

            if (!GoOnAsync(CancellationToken.None).GetAwaiter().GetResult())
            {
                break;
            }
        }

        return 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (TryTakeStaged(buffer.Span, out int staged))
            {
                return staged;
            }

            if (_isPrepared && await _source!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                return Take(buffer.Span[..count]);
            }

            if (!await GoOnAsync(cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        return 0;
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A part is read from front to back.");

    protected override void Dispose(bool disposing)
    {
        _hasEnded = true;
        _staged = default;
        _source?.Dispose();
        base.Dispose(disposing);
    }

    /// <returns>True also at the end, of which none are left.</returns>
    private bool TryTakeStaged(Span<byte> buffer, out int count)
    {
        count = Math.Min(buffer.Length, _staged.Length);
        _staged.Span[..count].CopyTo(buffer);
        _staged = _staged[count..];
        return count > 0 || _hasEnded;
    }

    /// <summary>Opens what comes next.</summary>
    /// <returns>False: nothing does.</returns>
    private async Task<bool> GoOnAsync(CancellationToken cancellationToken)
    {
        if (!_isPrepared)
        {
            await PrepareAsync(cancellationToken).ConfigureAwait(false);
            _isPrepared = true;
        }
        else if (_part.Records == Records.Bytes || _sourceAt == _part.Whole.LengthBytes)
        {
            _hasEnded = true;
        }
        else
        {
            long lengthBytes = Math.Min(_moreBytes, _part.Whole.LengthBytes - _sourceAt);
            await OpenAsync(_sourceAt, lengthBytes, cancellationToken).ConfigureAwait(false);
            _moreBytes = Math.Min(MaxMoreBytes, 2 * _moreBytes);
        }

        return !_hasEnded || !_staged.IsEmpty;
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        long along = _part.Records == Records.Bytes ? 0 : AlongBytes;
        long start = _part.StartBytes - (IsCutAtStart ? 1 : 0);
        long end = _part.EndBytes + Math.Min(along, _part.Whole.LengthBytes - _part.EndBytes);
        await OpenAsync(start, end - start, cancellationToken).ConfigureAwait(false);
        if (IsCutAtStart)
        {
            await SkipAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Passes what belongs to the part before. Reads up to this part's end at most: a record that is still going on there is none of ours.</summary>
    private async Task SkipAsync(CancellationToken cancellationToken)
    {
        while (_sourceAt < _part.EndBytes)
        {
            long at = _sourceAt;
            Memory<byte> room = _skipped.AsMemory(0, (int)Math.Min(_skipped.Length, _part.EndBytes - at));
            int count = await _source!.ReadAsync(room, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            int first = at < _part.StartBytes ? 1 : 0; // parity is that of the start, behind this byte
            if (first == 1 && room.Span[0] == (byte)'\n' && !_part.StartsQuoted)
            {
                Stage(room[1..count], at + 1);
                return;
            }

            int end = _end.Find(room.Span[first..count]);
            if (end >= 0)
            {
                int own = first + end + 1;
                if (at + own >= _part.EndBytes)
                {
                    break;
                }

                Stage(room[own..count], at + own);
                return;
            }

            _sourceAt = at + count;
        }

        _hasEnded = true;
    }

    private void Stage(ReadOnlyMemory<byte> bytes, long at)
    {
        _sourceAt = at;
        _staged = bytes[..TakeAt(bytes.Span)];
    }

    private int Take(Span<byte> bytes) => TakeAt(bytes);

    /// <returns>How many of the bytes that the source gave belong to the part.</returns>
    private int TakeAt(ReadOnlySpan<byte> bytes)
    {
        long at = _sourceAt;
        _sourceAt += bytes.Length;
        if (_part.Records == Records.Bytes)
        {
            return bytes.Length;
        }

        int free = (int)Math.Clamp(_part.EndBytes - 1 - at, 0, bytes.Length); // before it nothing ends the part
        _end.Pass(bytes[..free]);
        int end = _end.Find(bytes[free..]);
        if (end < 0)
        {
            return bytes.Length;
        }

        _hasEnded = true;
        return free + end + 1;
    }

    private async Task OpenAsync(long offset, long lengthBytes, CancellationToken cancellationToken)
    {
        if (_source is not null)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }

        _source = await _open(offset, lengthBytes, cancellationToken).ConfigureAwait(false);
        _sourceAt = offset;
    }
}
