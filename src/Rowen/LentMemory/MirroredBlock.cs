using Rowen.Protocol.Errors;

namespace Rowen.LentMemory;

/// <summary>The same bytes on one or more nodes. A copy that fails once is never looked at again: it may lack a write.</summary>
/// <remarks>Thread safety: any thread; writes to the same bytes at the same time may leave the copies different.</remarks>
internal sealed class MirroredBlock(IReadOnlyList<LentBlock> copies)
{
    private readonly bool[] _isLost = new bool[copies.Count];

    /// <summary>The blocks, lost ones included.</summary>
    public IReadOnlyList<LentBlock> Copies { get; } = copies;

    /// <summary>Copies that have failed nobody so far.</summary>
    public int LiveCount => Enumerable.Range(0, Copies.Count).Count(IsLive);

    public void Read(long offset, Span<byte> target)
    {
        RowenException? failure = null;
        for (int i = 0; i < Copies.Count; i++)
        {
            if (IsLive(i, ref failure))
            {
                try
                {
                    Copies[i].Read(offset, target);
                    return;
                }
                catch (RowenException exception)
                {
                    failure = Lose(i, exception);
                }
            }
        }

        throw failure!;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        RowenException? failure = null;
        bool isWritten = false;
        for (int i = 0; i < Copies.Count; i++)
        {
            if (IsLive(i, ref failure))
            {
                try
                {
                    Copies[i].Write(offset, source);
                    isWritten = true;
                }
                catch (RowenException exception)
                {
                    failure = Lose(i, exception);
                }
            }
        }

        ThrowUnless(isWritten, failure);
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        RowenException? failure = null;
        for (int i = 0; i < Copies.Count; i++)
        {
            if (IsLive(i, ref failure))
            {
                try
                {
                    await Copies[i].ReadAsync(offset, target, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (RowenException exception)
                {
                    failure = Lose(i, exception);
                }
            }
        }

        throw failure!;
    }

    /// <summary>To all copies at a time. Cancelled half-way, the copies may differ: then nothing is known of these bytes.</summary>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (Copies.Count == 1)
        {
            await Copies[0].WriteAsync(offset, source, cancellationToken).ConfigureAwait(false);
            return;
        }

        RowenException?[] failures = await Task.WhenAll(Enumerable.Range(0, Copies.Count).Select(
            i => TryWriteAsync(i, offset, source, cancellationToken))).ConfigureAwait(false);
        ThrowUnless(failures.Contains(null), failures[0]);
    }

    private async Task<RowenException?> TryWriteAsync(int copy, long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        RowenException? failure = null;
        if (IsLive(copy, ref failure))
        {
            try
            {
                await Copies[copy].WriteAsync(offset, source, cancellationToken).ConfigureAwait(false);
            }
            catch (RowenException exception)
            {
                failure = Lose(copy, exception);
            }
        }

        return failure;
    }

    private bool IsLive(int copy) => !Volatile.Read(ref _isLost[copy]) && !Copies[copy].IsLost;

    /// <summary>The only copy is always asked: it knows best why it fails.</summary>
    private bool IsLive(int copy, ref RowenException? failure)
    {
        if (Copies.Count == 1 || IsLive(copy))
        {
            return true;
        }

        failure ??= Copies[copy].IsLost ? Copies[copy].Loss() : new RowenException(ErrorCode.PeerLost, "Every copy of the memory has failed.");
        return false;
    }

    private RowenException Lose(int copy, RowenException why)
    {
        Volatile.Write(ref _isLost[copy], true);
        return why;
    }

    private static void ThrowUnless(bool isDone, RowenException? failure)
    {
        if (!isDone)
        {
            throw failure!;
        }
    }
}
