using Rowen.LentMemory;
using Rowen.Protocol.Errors;

namespace Rowen;

/// <summary>A range of remote memory. Reads and writes are one-sided: no code of the node that lends it takes part.</summary>
/// <remarks>
/// <para>What a write has put there before it returned, every later read finds. Reads and writes of the same bytes at the same
/// time may mix. An operation that throws may have moved any part.</para>
/// <para>Thread safety: any thread. Disposing it waits for what is under way.</para>
/// </remarks>
public sealed class MemoryRegion : IAsyncDisposable
{
    private readonly StripeLayout _layout;
    private readonly MirroredBlock[] _parts;
    private readonly Action<MemoryRegion> _disposed;
    private int _isDisposed;

    internal MemoryRegion(long lengthBytes, StripeLayout layout, int firstNode, MirroredBlock[] parts, Action<MemoryRegion> disposed)
    {
        FirstNode = firstNode;
        _disposed = disposed;
        LengthBytes = lengthBytes;
        ContentBytes = lengthBytes;
        _layout = layout;
        _parts = parts;
    }

    /// <summary>Size in bytes.</summary>
    public long LengthBytes { get; }

    /// <summary>The name under which its contents are kept if it is taken back; null: they are not.</summary>
    public string? Name { get; internal set; }

    /// <summary>Whether the loss of a node, or of one more, would lose bytes: there is but one copy of some.</summary>
    /// <value>With <see cref="MemoryRequest.CopyCount"/> 2, true from a loss until a new copy is made.</value>
    public bool IsAtRisk => _parts.Any(part => part.LiveCount < 2);

    /// <summary>Reads bytes.</summary>
    /// <param name="offset">First byte in the region.</param>
    /// <param name="target">Receives the bytes. Undefined if this throws.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the region.</exception>
    /// <exception cref="ObjectDisposedException">The region was disposed.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.PeerLost"/>, at most 1 s after a process and 5 s after a node died; or why the lease ended.
    /// </exception>
    /// <remarks>Does not allocate over shared memory. Elsewhere this thread polls and then sleeps until the bytes are there.</remarks>
    public void Read(long offset, Span<byte> target)
    {
        CheckRange(offset, target.Length);
        while (!target.IsEmpty)
        {
            StripePiece piece = _layout.First(offset, target.Length);
            _parts[piece.Part].Read(piece.Offset, target[..(int)piece.LengthBytes]);
            target = target[(int)piece.LengthBytes..];
            offset += piece.LengthBytes;
        }
    }

    /// <summary>Writes bytes, to every copy.</summary>
    /// <param name="offset">First byte in the region.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the region.</exception>
    /// <exception cref="ObjectDisposedException">The region was disposed.</exception>
    /// <exception cref="RowenException">As <see cref="Read"/>: no copy is left.</exception>
    /// <remarks>As <see cref="Read"/>.</remarks>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        CheckRange(offset, source.Length);
        while (!source.IsEmpty)
        {
            StripePiece piece = _layout.First(offset, source.Length);
            _parts[piece.Part].Write(piece.Offset, source[..(int)piece.LengthBytes]);
            source = source[(int)piece.LengthBytes..];
            offset += piece.LengthBytes;
        }
    }

    /// <summary>Reads bytes without holding a thread while they travel; over shared memory it is a copy, done before this returns.</summary>
    /// <param name="offset">First byte in the region.</param>
    /// <param name="target">Receives the bytes; must stay untouched until completion. Undefined if this throws.</param>
    /// <param name="cancellationToken">Gives up while it waits for its turn; what is under way is finished.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the region.</exception>
    /// <exception cref="ObjectDisposedException">The region was disposed.</exception>
    /// <exception cref="RowenException">As <see cref="Read"/>.</exception>
    /// <remarks>Parts on several nodes travel at the same time.</remarks>
    public ValueTask ReadAsync(long offset, Memory<byte> target, CancellationToken cancellationToken = default)
    {
        CheckRange(offset, target.Length);
        return _parts.Length == 1
            ? _parts[0].ReadAsync(offset, target, cancellationToken)
            : ForEachPartAsync(offset, target.Length, (part, pieces) => ReadPartAsync(part, pieces, target, cancellationToken));
    }

    /// <summary>Writes bytes, to every copy, without holding a thread while they travel; over shared memory it is a copy.</summary>
    /// <param name="offset">First byte in the region.</param>
    /// <param name="source">The bytes; must stay as they are until completion.</param>
    /// <param name="cancellationToken">Gives up while it waits for its turn; some of the bytes may have been written.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the region.</exception>
    /// <exception cref="ObjectDisposedException">The region was disposed.</exception>
    /// <exception cref="RowenException">As <see cref="Read"/>: no copy is left.</exception>
    /// <remarks>As <see cref="ReadAsync(long, Memory{byte}, CancellationToken)"/>.</remarks>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        CheckRange(offset, source.Length);
        return _parts.Length == 1
            ? _parts[0].WriteAsync(offset, source, cancellationToken)
            : ForEachPartAsync(offset, source.Length, (part, pieces) => WritePartAsync(part, pieces, source, cancellationToken));
    }

    /// <summary>Reads a range into several buffers, one after the other (scatter).</summary>
    /// <param name="offset">First byte in the region.</param>
    /// <param name="targets">Receive the bytes; must stay untouched until completion.</param>
    /// <param name="cancellationToken">As <see cref="ReadAsync(long, Memory{byte}, CancellationToken)"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the region.</exception>
    /// <exception cref="ObjectDisposedException">The region was disposed.</exception>
    /// <exception cref="RowenException">As <see cref="Read"/>.</exception>
    public async ValueTask ReadAsync(long offset, IReadOnlyList<Memory<byte>> targets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        CheckRange(offset, targets.Sum(target => (long)target.Length));
        foreach (Memory<byte> target in targets)
        {
            await ReadAsync(offset, target, cancellationToken).ConfigureAwait(false);
            offset += target.Length;
        }
    }

    /// <summary>Writes several buffers, one after the other, into a range (gather).</summary>
    /// <param name="offset">First byte in the region.</param>
    /// <param name="sources">The bytes; must stay as they are until completion.</param>
    /// <param name="cancellationToken">As <see cref="WriteAsync(long, ReadOnlyMemory{byte}, CancellationToken)"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the region.</exception>
    /// <exception cref="ObjectDisposedException">The region was disposed.</exception>
    /// <exception cref="RowenException">As <see cref="Write"/>.</exception>
    public async ValueTask WriteAsync(long offset, IReadOnlyList<ReadOnlyMemory<byte>> sources, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        CheckRange(offset, sources.Sum(source => (long)source.Length));
        foreach (ReadOnlyMemory<byte> source in sources)
        {
            await WriteAsync(offset, source, cancellationToken).ConfigureAwait(false);
            offset += source.Length;
        }
    }

    /// <summary>Opens the region as a stream of fixed length, at its first byte. Any number of streams may be open.</summary>
    /// <returns>A stream that reads, writes and seeks; disposing it does not dispose the region.</returns>
    public Stream OpenStream() => new RegionStream(this, LengthBytes, canWrite: true, disposed: null);

    /// <summary>Frees the memory, after what is under way; it is zeroed before anybody gets it again.</summary>
    /// <returns>A task that ends when the nodes have it back, or are gone.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _disposed(this);
            await Task.WhenAll(_parts.Select(part => part.FreeAsync())).ConfigureAwait(false);
        }
    }

    /// <summary>Bytes that are worth keeping: an empty object needs a region, too.</summary>
    internal long ContentBytes { get; set; }

    /// <summary>Whether some of its bytes are gone, as far as is known.</summary>
    internal bool IsLost => _parts.Any(part => part.LiveCount == 0);

    /// <summary>Whether every byte is still there when the leases are over that are being taken back now.</summary>
    internal bool IsStaying => _parts.All(part => part.HasStayingCopy);

    /// <summary>Whether its contents are where <see cref="MemoryRequest.SpillTo"/> says; nothing was written since.</summary>
    internal bool IsKept { get; set; }

    /// <summary>Whether it was disposed.</summary>
    internal bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>Its stripes, each in as many copies as were asked for; the first one on node <see cref="FirstNode"/>.</summary>
    internal IReadOnlyList<MirroredBlock> Parts => _parts;

    /// <summary>Where its first stripe lies: regions begin on different nodes, so that small ones do not all fill the same.</summary>
    internal int FirstNode { get; }

    /// <summary>Lets nobody write any more. Completes when whoever does now is done.</summary>
    internal Task FreezeAsync() => Task.WhenAll(_parts.Select(part => part.FreezeAsync()));

    private async ValueTask ForEachPartAsync(long offset, int lengthBytes, Func<MirroredBlock, List<(int At, StripePiece Piece)>, Task> move)
    {
        var pieces = new List<(int At, StripePiece Piece)>[_parts.Length];
        for (int at = 0; at < lengthBytes;)
        {
            StripePiece piece = _layout.First(offset + at, lengthBytes - at);
            (pieces[piece.Part] ??= []).Add((at, piece));
            at += (int)piece.LengthBytes;
        }

        await Task.WhenAll(pieces.Select((list, part) => list is null ? Task.CompletedTask : move(_parts[part], list))).ConfigureAwait(false);
    }

    private static async Task ReadPartAsync(
        MirroredBlock part, List<(int At, StripePiece Piece)> pieces, Memory<byte> target, CancellationToken cancellationToken)
    {
        foreach ((int at, StripePiece piece) in pieces)
        {
            await part.ReadAsync(piece.Offset, target.Slice(at, (int)piece.LengthBytes), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task WritePartAsync(
        MirroredBlock part, List<(int At, StripePiece Piece)> pieces, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        foreach ((int at, StripePiece piece) in pieces)
        {
            await part.WriteAsync(piece.Offset, source.Slice(at, (int)piece.LengthBytes), cancellationToken).ConfigureAwait(false);
        }
    }

    private void CheckRange(long offset, long lengthBytes)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        if (offset < 0 || lengthBytes > LengthBytes - offset)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), offset, $"Bytes {offset} to {offset}+{lengthBytes} leave the region of {LengthBytes} bytes.");
        }
    }
}
