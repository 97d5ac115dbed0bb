using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.Memory;
using Rowen.Protocol.Leases;

namespace Rowen.LentMemory;

/// <summary>A block on this machine: its bytes are in this process's address space, and reading is copying.</summary>
/// <remarks>
/// The kernel empties the block when it is taken back, and no message can be as fast as that. So its last page says whether
/// it is still lent: the serving side changes that before it empties, and we look after each copy.
/// </remarks>
internal sealed class MappedBlock : LentBlock
{
    private readonly RegisteredMemory _view;

    public MappedBlock(MemoryLane lane, RemoteBlock remote, long lengthBytes, RegisteredMemory view, Action<LentBlock> leave)
        : base(lane, remote, lengthBytes, leave)
    {
        _view = view;
        try
        {
            view.Commit(0, view.LengthBytes); // the pages are there; this maps them
        }
        catch
        {
            view.Return();
            throw;
        }
    }

    protected override void ReadBytes(ulong offset, Span<byte> target)
    {
        _view.Slice(offset, target.Length).CopyTo(target);
        CheckLent();
    }

    protected override void WriteBytes(ulong offset, ReadOnlySpan<byte> source)
    {
        source.CopyTo(_view.Slice(offset, source.Length));
        CheckLent();
    }

    protected override ValueTask ReadBytesAsync(ulong offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReadBytes(offset, target.Span);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask WriteBytesAsync(ulong offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        WriteBytes(offset, source.Span);
        return ValueTask.CompletedTask;
    }

    protected override void End()
    {
        Lane.Turn.Wait(); // the view belongs to the endpoint
        _view.Return();
        Lane.Turn.Release();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckLent()
    {
#if NET10_0_OR_GREATER
        Volatile.ReadBarrier(); // the copy comes first
#else
        Interlocked.MemoryBarrier(); // the same, and more than that
#endif
        Span<byte> word = _view.Slice(_view.LengthBytes - (ulong)MemoryLending.PageBytes, sizeof(long));
        if (Volatile.Read(ref MemoryMarshal.AsRef<long>(word)) == 0)
        {
            throw Lane.LossOfBlock();
        }

        if (Lane.IsLost)
        {
            throw Lane.Loss(); // a process that was killed changes no page
        }
    }
}
