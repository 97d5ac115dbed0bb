using Rowen.Protocol.Errors;

namespace Rowen.LentMemory;

/// <summary>The same bytes on one or more nodes. A copy that fails once is never looked at again: it may lack a write.</summary>
/// <remarks>Thread safety: any thread; writes to the same bytes at the same time may leave the copies different.</remarks>
internal sealed class MirroredBlock
{
    /// <summary>What is copied while writers wait: half a millisecond over a network.</summary>
    private const int FillBytes = 512 * 1024;

    private readonly Lock _lock = new();
    private readonly WriteGate _writers = new(); // of several copies: one needs none
    private readonly MirroredCopy?[] _copies;
    private bool _isClosed;

    /// <summary>Starts with whole copies.</summary>
    /// <param name="blocks">One for each copy; null where none could be had, but not all.</param>
    public MirroredBlock(IReadOnlyList<LentBlock?> blocks)
    {
        _copies = [.. blocks.Select(block => block is null ? null : new MirroredCopy(block, isWhole: true))];
        LengthBytes = blocks.OfType<LentBlock>().First().LengthBytes;
    }

    /// <summary>Bytes of each copy.</summary>
    public long LengthBytes { get; }

    /// <summary>Copies that have all bytes and have failed nobody so far.</summary>
    public int LiveCount => _copies.Count(copy => copy is { IsLive: true });

    /// <summary>Whether a copy stays when the leases are over that are being taken back now.</summary>
    public bool HasStayingCopy => Array.Exists(_copies, copy => copy is { IsStaying: true });

    private MirroredCopy? Only => _copies.Length == 1 ? _copies[0] : null;

    /// <summary>Whether a copy is gone, or will be in a moment.</summary>
    public bool Lacks(int index) => Volatile.Read(ref _copies[index]) is null or { IsToReplace: true };

    public void Read(long offset, Span<byte> target)
    {
        if (Only is { } only)
        {
            only.Block.Read(offset, target); // it knows best why it fails
            return;
        }

        RowenException? failure = null;
        while (LiveOrNone(ref failure) is { } copy)
        {
            try
            {
                copy.Block.Read(offset, target);
                return;
            }
            catch (Exception exception) when (IsOfCopy(exception, copy))
            {
                failure = Lose(copy, exception);
            }
        }

        throw failure!;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (Only is { } only)
        {
            only.Block.Write(offset, source);
            return;
        }

        _writers.Enter();
        try
        {
            WriteToAll(offset, source);
        }
        finally
        {
            _writers.Leave();
        }
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (Only is { } only)
        {
            await only.Block.ReadAsync(offset, target, cancellationToken).ConfigureAwait(false);
            return;
        }

        RowenException? failure = null;
        while (LiveOrNone(ref failure) is { } copy)
        {
            try
            {
                await copy.Block.ReadAsync(offset, target, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (IsOfCopy(exception, copy))
            {
                failure = Lose(copy, exception);
            }
        }

        throw failure!;
    }

    /// <summary>To all copies at a time. Several are never left different by giving up: then it can only be given up before it begins.</summary>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (Only is { } only)
        {
            await only.Block.WriteAsync(offset, source, cancellationToken).ConfigureAwait(false);
            return;
        }

        await _writers.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            RowenException?[] failures = await Task.WhenAll(
                Enumerable.Range(0, _copies.Length).Select(i => TryWriteAsync(i, offset, source))).ConfigureAwait(false);
            ThrowUnless(Enumerable.Range(0, _copies.Length).Any(i => failures[i] is null && IsLive(i)), Array.Find(failures, failure => failure is not null));
        }
        finally
        {
            _writers.Leave();
        }
    }

    /// <summary>
    /// Puts a block in a copy's place and fills it from another one, piece by piece. Reads go on; writes wait for no
    /// more than a piece, and go to the new copy as well. Blocks.
    /// </summary>
    /// <param name="index">Which copy.</param>
    /// <param name="block">As large as the others.</param>
    /// <param name="rest">Told how long each piece took; returns when the next one may begin.</param>
    /// <returns>False if nothing is left to copy from, or nobody wants it any more: then the caller gives the block back.</returns>
    public bool TryFill(int index, LentBlock block, Action<TimeSpan> rest)
    {
        var copy = new MirroredCopy(block, isWhole: false);
        if (!TryReplace(index, copy))
        {
            return false;
        }

        try
        {
            Fill(block, rest);
            copy.BecomeWhole();
            return true;
        }
        catch (Exception exception) when (exception is RowenException or ObjectDisposedException or OperationCanceledException)
        {
            copy.Fail();
            return false;
        }
    }

    /// <summary>Uses a copy that is gone, or will be, no longer: its block can be given back.</summary>
    public LentBlock? TakeOutOrNone(int index)
    {
        if (Volatile.Read(ref _copies[index]) is { IsToReplace: true } copy)
        {
            copy.Fail();
            return copy.Block;
        }

        return null;
    }

    /// <summary>Lets nobody write any more. Completes when whoever does now is done.</summary>
    public Task FreezeAsync() => Task.WhenAll(_copies.OfType<MirroredCopy>().Select(copy => copy.Block.FreezeAsync()));

    /// <summary>Gives every block back, after whoever uses it now.</summary>
    public Task FreeAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        return Task.WhenAll(_copies.OfType<MirroredCopy>().Select(copy => copy.Block.FreeAsync()));
    }

    private void WriteToAll(long offset, ReadOnlySpan<byte> source)
    {
        RowenException? failure = null;
        ulong written = 0; // one bit for each copy
        for (int i = 0; i < _copies.Length; i++)
        {
            if (WritableOrNone(i, ref failure) is { } copy)
            {
                try
                {
                    copy.Block.Write(offset, source);
                    written |= 1UL << i;
                }
                catch (Exception exception) when (IsOfCopy(exception, copy))
                {
                    failure = LoseUnlessFrozen(copy, exception);
                }
            }
        }

        bool isWritten = false;
        for (int i = 0; i < _copies.Length; i++)
        {
            isWritten |= (written & (1UL << i)) != 0 && IsLive(i);
        }

        ThrowUnless(isWritten, failure);
    }

    /// <summary>
    /// Whether a copy can be read, asked after all have been written: a new one may have become whole meanwhile. It is the one that was written to, since
    /// none is filled while somebody writes.
    /// </summary>
    private bool IsLive(int index) => Volatile.Read(ref _copies[index]) is { IsLive: true };

    /// <returns>Null if the copy has the bytes.</returns>
    private async Task<RowenException?> TryWriteAsync(int index, long offset, ReadOnlyMemory<byte> source)
    {
        RowenException? failure = null;
        if (WritableOrNone(index, ref failure) is { } copy)
        {
            try
            {
                await copy.Block.WriteAsync(offset, source, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsOfCopy(exception, copy))
            {
                failure = LoseUnlessFrozen(copy, exception);
            }
        }

        return failure;
    }

    private void Fill(LentBlock target, Action<TimeSpan> rest)
    {
        byte[] piece = GC.AllocateUninitializedArray<byte>((int)Math.Min(FillBytes, target.LengthBytes));
        for (long at = 0; at < target.LengthBytes; at += piece.Length)
        {
            long startedAt = System.Diagnostics.Stopwatch.GetTimestamp();
            Span<byte> bytes = piece.AsSpan(0, (int)Math.Min(piece.Length, target.LengthBytes - at));
            _writers.Close(); // otherwise an older byte could overtake a newer one
            try
            {
                Read(at, bytes);
                target.Write(at, bytes);
            }
            finally
            {
                _writers.Open();
            }

            rest(System.Diagnostics.Stopwatch.GetElapsedTime(startedAt));
        }
    }

    private bool TryReplace(int index, MirroredCopy copy)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            Volatile.Write(ref _copies[index], copy); // writers from now on write there; the first piece waits for earlier ones
            return true;
        }
    }

    /// <summary>A copy to read: looked for anew after each that fails, since another may have been made while that one was read.</summary>
    private MirroredCopy? LiveOrNone(ref RowenException? failure)
    {
        // Twice: the first may have become whole after it was looked at, and the last been lost before.
        for (int look = 0; look < 2 * _copies.Length; look++)
        {
            if (LiveOrNone(look % _copies.Length, ref failure) is { } copy)
            {
                return copy;
            }
        }

        return null;
    }

    private MirroredCopy? LiveOrNone(int index, ref RowenException? failure)
    {
        MirroredCopy? copy = Volatile.Read(ref _copies[index]);
        return copy is { IsLive: true } ? copy : NoneBecause(copy, ref failure);
    }

    private MirroredCopy? WritableOrNone(int index, ref RowenException? failure)
    {
        MirroredCopy? copy = Volatile.Read(ref _copies[index]);
        return copy is { TakesWrites: true } ? copy : NoneBecause(copy, ref failure);
    }

    private static MirroredCopy? NoneBecause(MirroredCopy? copy, ref RowenException? failure)
    {
        failure ??= copy is { Block.IsLost: true } ? copy.Block.Loss() : AllFailed();
        return null;
    }

    private static RowenException AllFailed() => new(ErrorCode.PeerLost, "Every copy of the memory has failed.");

    /// <summary>Whether it says something about the copy only: one that was just taken out is disposed for whoever still came.</summary>
    private static bool IsOfCopy(Exception exception, MirroredCopy copy) =>
        exception is RowenException || (exception is ObjectDisposedException && copy.HasFailed);

    private static RowenException Lose(MirroredCopy copy, Exception why)
    {
        copy.Fail();
        return why as RowenException ?? AllFailed();
    }

    /// <summary>What is being kept is not lost because it refuses to be changed.</summary>
    private static RowenException LoseUnlessFrozen(MirroredCopy copy, Exception why) =>
        why is RowenException refusal && copy.Block.IsFrozen ? refusal : Lose(copy, why);

    private static void ThrowUnless(bool isDone, RowenException? failure)
    {
        if (!isDone)
        {
            throw failure ?? AllFailed(); // lost just after it was written
        }
    }
}
