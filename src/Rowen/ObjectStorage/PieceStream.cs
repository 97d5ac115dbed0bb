using System.Diagnostics.CodeAnalysis;

namespace Rowen.ObjectStorage;

/// <summary>A range that is fetched in pieces, some of them ahead of whoever reads it. Fetches each piece once, in order.</summary>
/// <remarks>Thread safety: none, as streams have it. Memory: pieces under way and the one that is read, four of 4 MiB unless said otherwise.</remarks>
internal sealed class PieceStream : ReadOnlyStream
{
    /// <summary>Large enough that a round trip to a store is small beside its transfer.</summary>
    public const int DefaultPieceBytes = 4 << 20;

    private const int Ahead = 3;

    private readonly Func<long, Memory<byte>, CancellationToken, Task> _fetch;
    private readonly int _pieceBytes;
    private readonly CancellationTokenSource _closing = new();
    private readonly Queue<Piece> _underWay = new(Ahead);
    private readonly Stack<byte[]> _spare = new();
    private Piece? _current;
    private long _nextFetchAt;
    private int _currentAt;
    private long _position;
    private bool _isClosed;

    /// <param name="lengthBytes">Length of the range.</param>
    /// <param name="fetch">Fills a buffer with the range's bytes from some position on, or throws.</param>
    /// <param name="first">The range's first bytes if they are here already; at most one piece.</param>
    /// <param name="pieceBytes">Length of a piece.</param>
    public PieceStream(
        long lengthBytes, Func<long, Memory<byte>, CancellationToken, Task> fetch, ReadOnlyMemory<byte> first = default, int pieceBytes = DefaultPieceBytes)
    {
        Length = lengthBytes;
        _fetch = fetch;
        _pieceBytes = pieceBytes;
        if (first.Length > 0)
        {
            _current = new Piece(first, buffer: null, Task.CompletedTask);
            _nextFetchAt = first.Length;
        }

        FetchAhead();
    }

    /// <summary>Known, although the stream goes one way only.</summary>
    public override long Length { get; }

    public override long Position
    {
        get => _position;
        set => throw OneWay();
    }

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "Who reads without await has a thread for it; fetching needs none of his.")]
    public override int Read(Span<byte> buffer)
    {
        if (NextOrNone() is { } piece)
        {
            piece.Fetched.GetAwaiter().GetResult();
        }

        return Take(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (NextOrNone() is { } piece)
        {
            await piece.Fetched.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return Take(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _closing.Cancel();
            foreach (Piece piece in _underWay)
            {
                _ = piece.Fetched.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // seen
            }

            _closing.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The piece to wait for; null: what is read next is here, or there is no more.</summary>
    private Piece? NextOrNone()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return _current is null && _underWay.TryPeek(out Piece? next) ? next : null;
    }

    private int Take(Span<byte> buffer)
    {
        if (_current is null && !_underWay.TryDequeue(out _current))
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = _current.Content.Span[_currentAt..];
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        _currentAt += count;
        if (count == rest.Length)
        {
            Finish(_current);
        }

        FetchAhead();
        return count;
    }

    private void Finish(Piece piece)
    {
        if (piece.Buffer is { } buffer)
        {
            _spare.Push(buffer);
        }

        _current = null;
        _currentAt = 0;
    }

    private void FetchAhead()
    {
        while (_underWay.Count < Ahead && _nextFetchAt < Length)
        {
            int length = (int)Math.Min(_pieceBytes, Length - _nextFetchAt);
            byte[] buffer = _spare.TryPop(out byte[]? spare) && spare.Length >= length ? spare : GC.AllocateUninitializedArray<byte>(length);
            Memory<byte> content = buffer.AsMemory(0, length);
            _underWay.Enqueue(new Piece(content, buffer, _fetch(_nextFetchAt, content, _closing.Token)));
            _nextFetchAt += length;
        }
    }

    private sealed class Piece(ReadOnlyMemory<byte> content, byte[]? buffer, Task fetched)
    {
        public ReadOnlyMemory<byte> Content { get; } = content;

        public byte[]? Buffer { get; } = buffer;

        public Task Fetched { get; } = fetched;
    }
}
