using System.Diagnostics.CodeAnalysis;
using Rowen.Executor.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Executor.Invocations;

/// <summary>Runs the items of a batch one after the other, on the thread of its lane.</summary>
/// <remarks>
/// It stops early when the items turn out to be long, when the lease ends, or when the loop is told to: what was not
/// begun goes back to its caller, who may have another lane for it.
/// </remarks>
internal sealed class BatchRun(FunctionMeter meter, LeaseTerm term, ulong memoryBytes, int slotBytes)
{
    /// <summary>Callers aim at batches of half a millisecond: one that takes so long holds an item that they did not expect.</summary>
    private const long MaxNs = 4_000_000;

    private readonly BatchCall _item = new(memoryBytes);

    /// <summary>Runs what is to be run, and leaves the answer as the call's result; the meter runs on until that was sent.</summary>
    /// <param name="function">The function.</param>
    /// <param name="call">The request: its input is the batch.</param>
    /// <param name="functionIndex">For the meter.</param>
    /// <param name="deadlineMs">Of each item; zero for none.</param>
    /// <param name="isStopping">Whether nothing more shall be begun.</param>
    public unsafe ErrorCode Run(LoadedFunction function, LaneCall call, uint functionIndex, uint deadlineMs, Func<bool> isStopping)
    {
        ReadOnlySpan<byte> batch = call.Input;
        long startedNs = LeaseTerm.NowNs;
        long coarseStart = LeaseTerm.CoarseNowNs;
        int offset = ItemBatch.HeadBytes;
        _item.Begin();
        while (ItemBatch.TryRead(batch, ref offset, out _, out ReadOnlySpan<byte> input))
        {
            fixed (byte* address = input)
            {
                _item.BeginItem((nint)address, input.Length, (ulong)slotBytes);
            }

            meter.Begin(functionIndex, deadlineMs == 0 ? 0 : LeaseTerm.NowNs + (deadlineMs * 1_000_000L));
            ErrorCode error = RunGuarded(function);
            _item.EndItem(error);
            long nowNs = LeaseTerm.CoarseNowNs;
            if (nowNs - coarseStart > MaxNs || term.RefusalOrNone(nowNs) is not null || isStopping())
            {
                break;
            }
        }

        nint target = call.Reserve(_item.UsedBytes);
        call.ResultBytes = _item.UsedBytes;
        _item.CopyTo(target, LeaseTerm.NowNs - startedNs);
        return ErrorCode.None;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "User code throws anything; the caller is told.")]
    private ErrorCode RunGuarded(LoadedFunction function)
    {
        try
        {
            function.Run(_item);
            return ErrorCode.None;
        }
        catch (Exception exception)
        {
            WriteFault(exception);
            return RemoteFaults.CodeOf(exception, function);
        }
    }

    private unsafe void WriteFault(Exception exception)
    {
        byte[] fault = RemoteFaults.Describe(exception);
        fault.CopyTo(new Span<byte>((void*)_item.Reserve((ulong)fault.Length), fault.Length));
        _item.ResultBytes = (ulong)fault.Length;
    }
}
