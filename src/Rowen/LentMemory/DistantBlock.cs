using Rowen.Fabric.Memory;

namespace Rowen.LentMemory;

/// <summary>A block whose bytes must travel.</summary>
internal sealed class DistantBlock(MemoryLane lane, RemoteBlock remote, long lengthBytes, Action<LentBlock> leave)
    : LentBlock(lane, remote, lengthBytes, leave)
{
    protected override void ReadBytes(ulong offset, Span<byte> target)
    {
        Lane.Turn.Wait();
        try
        {
            Lane.Transfer.Read(Remote, offset, target);
        }
        finally
        {
            Lane.Turn.Release();
        }
    }

    protected override void WriteBytes(ulong offset, ReadOnlySpan<byte> source)
    {
        Lane.Turn.Wait();
        try
        {
            Lane.Transfer.Write(Remote, offset, source);
        }
        finally
        {
            Lane.Turn.Release();
        }
    }

    protected override ValueTask ReadBytesAsync(ulong offset, Memory<byte> target, CancellationToken cancellationToken) =>
        InTurnAsync(() => Lane.Transfer.Read(Remote, offset, target.Span, isBackground: true), cancellationToken);

    protected override ValueTask WriteBytesAsync(ulong offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken) =>
        InTurnAsync(() => Lane.Transfer.Write(Remote, offset, source.Span, isBackground: true), cancellationToken);

    protected override void End()
    {
        // Nothing of it is on this side.
    }

    private async ValueTask InTurnAsync(Action transfer, CancellationToken cancellationToken)
    {
        await Lane.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Task.Run(transfer, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Lane.Turn.Release();
        }
    }
}
