using Rowen.Fabric.Memory;
using Rowen.Protocol.Errors;

namespace Rowen.LentMemory;

/// <summary>One block of a lease's memory, as its owner uses it. Thread safety: any thread.</summary>
/// <remarks>Callers keep within <see cref="LengthBytes"/>; the serving side and the mapping check again.</remarks>
internal abstract class LentBlock
{
    private readonly TaskCompletionSource _frozen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly UseGate _readers;
    private readonly UseGate _writers;
    private volatile bool _isFrozen;
    private int _openGates = 2;

    protected LentBlock(MemoryLane lane, RemoteBlock remote, long lengthBytes, Action<LentBlock> leave)
    {
        Lane = lane;
        Remote = remote;
        LengthBytes = lengthBytes;
        _readers = new UseGate(() => EndIfLast(leave));
        _writers = new UseGate(() =>
        {
            _frozen.SetResult();
            EndIfLast(leave);
        });
    }

    /// <summary>Bytes that can be used.</summary>
    public long LengthBytes { get; }

    /// <summary>The block's key: a capability.</summary>
    public ulong Key => Remote.Key;

    /// <summary>Whether it can be read and written, as far as is known.</summary>
    public bool IsLost => Lane.IsLost;

    /// <summary>Whether its lease is over, or will be in a moment: it may still be read.</summary>
    public bool IsLeaving => Lane.IsLeaving;

    /// <summary>Whether its contents are being kept, so that it can be read but not written any more.</summary>
    public bool IsFrozen => _isFrozen && !_closed.Task.IsCompleted;

    /// <summary>Completes when nobody uses it any more.</summary>
    public Task HasClosed => _closed.Task;

    protected MemoryLane Lane { get; }

    protected RemoteBlock Remote { get; }

    /// <summary>Why it cannot.</summary>
    public RowenException Loss() => Lane.Loss();

    /// <summary>Reads bytes; they are whole when this returns, or it throws.</summary>
    /// <exception cref="RowenException">The lease is over or its executor gone.</exception>
    public void Read(long offset, Span<byte> target)
    {
        Enter(_readers);
        try
        {
            ReadBytes((ulong)offset, target);
            Lane.CountRead(target.Length);
        }
        finally
        {
            _readers.Leave();
        }
    }

    /// <summary>Writes bytes; whoever reads from then on finds them.</summary>
    /// <exception cref="RowenException">The lease is over or its executor gone: what is there now is undefined.</exception>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        Enter(_writers);
        try
        {
            WriteBytes((ulong)offset, source);
            Lane.CountWritten(source.Length);
        }
        finally
        {
            _writers.Leave();
        }
    }

    /// <summary>As <see cref="Read"/>.</summary>
    public async ValueTask ReadAsync(long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        Enter(_readers);
        try
        {
            await ReadBytesAsync((ulong)offset, target, cancellationToken).ConfigureAwait(false);
            Lane.CountRead(target.Length);
        }
        finally
        {
            _readers.Leave();
        }
    }

    /// <summary>As <see cref="Write"/>.</summary>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        Enter(_writers);
        try
        {
            await WriteBytesAsync((ulong)offset, source, cancellationToken).ConfigureAwait(false);
            Lane.CountWritten(source.Length);
        }
        finally
        {
            _writers.Leave();
        }
    }

    /// <summary>Gives it back to its lease, after whoever uses it now.</summary>
    public Task FreeAsync() => Lane.FreeAsync(this);

    /// <summary>Lets nobody use it any more; its end comes when the last one is done.</summary>
    public void Close()
    {
        _readers.Close();
        _writers.Close();
    }

    /// <summary>Lets nobody write any more. Completes when whoever does now is done: what is read then is the last word.</summary>
    public Task FreezeAsync()
    {
        _isFrozen = true;
        _writers.Close();
        return _frozen.Task;
    }

    protected abstract void ReadBytes(ulong offset, Span<byte> target);

    protected abstract void WriteBytes(ulong offset, ReadOnlySpan<byte> source);

    protected abstract ValueTask ReadBytesAsync(ulong offset, Memory<byte> target, CancellationToken cancellationToken);

    protected abstract ValueTask WriteBytesAsync(ulong offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken);

    /// <summary>Nobody uses it any more.</summary>
    protected abstract void End();

    private void Enter(UseGate gate)
    {
        if (!gate.TryEnter())
        {
            ThrowClosed();
        }
    }

    private void ThrowClosed()
    {
        if (Lane.IsLost)
        {
            throw Lane.Loss();
        }

        ObjectDisposedException.ThrowIf(!IsFrozen, typeof(MemoryRegion));
        throw new RowenException(ErrorCode.LeaseRevoked, "The memory is being taken back, and its contents are being kept: they can be read, but not written any more.");
    }

    private void EndIfLast(Action<LentBlock> leave)
    {
        if (Interlocked.Decrement(ref _openGates) == 0)
        {
            End();
            leave(this);
            _closed.SetResult();
        }
    }
}
