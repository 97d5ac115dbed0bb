using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rowen.Leasing;
using Rowen.Protocol.Errors;

namespace Rowen.LentMemory;

/// <summary>Makes lost copies anew: leases memory of another node, and fills it while the regions are used.</summary>
/// <remarks>It compares what there is with what there should be, so that it matters not what was lost when. One loop.</remarks>
/// <param name="slots">The leases, which it replaces.</param>
/// <param name="regions">The regions of now.</param>
/// <param name="leaseAnother">Leases memory for a slot; null if there is none now.</param>
/// <param name="replaced">Told when a slot has another lease, with the one before.</param>
/// <param name="logger">Hears of losses and of new copies.</param>
internal sealed class CopyKeeper(
    MemorySlots slots,
    Func<IReadOnlyList<MemoryRegion>> regions,
    Func<int, CancellationToken, Task<Lease?>> leaseAnother,
    Func<int, Lease, ValueTask> replaced,
    ILogger logger)
{
    /// <summary>
    /// Copying takes at most half of the time, so that whoever uses the memory has the other half: a loss is followed by
    /// some seconds at half the bandwidth, not by a stall.
    /// </summary>
    private const double CopyingShare = 0.5;

    private static readonly TimeSpan MinRest = TimeSpan.FromMilliseconds(1); // shorter ones are added up
    private static readonly TimeSpan MinRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxRetry = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _news = new(0);
    private TimeSpan _owed;

    /// <summary>Something was lost, or something is there that lacks a copy.</summary>
    public void Tell() => _news.Release();

    /// <summary>Keeps copies until given up.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            TimeSpan retry = MinRetry;
            TimeSpan wait = Timeout.InfiniteTimeSpan;
            while (true)
            {
                bool hasNews = await _news.WaitAsync(wait, cancellationToken).ConfigureAwait(false);
                bool isComplete = await TryCompleteAsync(cancellationToken).ConfigureAwait(false);
                retry = hasNews || isComplete ? MinRetry : retry * 2 < MaxRetry ? retry * 2 : MaxRetry;
                wait = isComplete ? Timeout.InfiniteTimeSpan : retry;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The memory, or the whole client, is given back.
        }
    }

    /// <summary>One attempt at everything that lacks.</summary>
    /// <returns>False if it should be tried again.</returns>
    private async Task<bool> TryCompleteAsync(CancellationToken cancellationToken)
    {
        bool isComplete = true;
        for (int slot = 0; slot < slots.Count; slot++)
        {
            if (slots.IsLeaving(slot) && slots.HasTwin(slot))
            {
                isComplete &= await TryReplaceAsync(slot, cancellationToken).ConfigureAwait(false);
            }

            if (!slots.IsLeaving(slot))
            {
                isComplete &= await TryFillAsync(slot, cancellationToken).ConfigureAwait(false);
            }
        }

        return isComplete;
    }

    private async Task<bool> TryReplaceAsync(int slot, CancellationToken cancellationToken)
    {
        if (await leaseAnother(slot, cancellationToken).ConfigureAwait(false) is not { } next)
        {
            return false;
        }

        Lease before = slots[slot];
        slots.Replace(slot, next);
        LeasingLog.CopyReplaced(logger, before.Id, before.NodeName, next.Id, next.NodeName);
        await replaced(slot, before).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> TryFillAsync(int slot, CancellationToken cancellationToken)
    {
        bool isComplete = true;
        long startedAt = Stopwatch.GetTimestamp();
        long copiedBytes = 0;
        foreach (MemoryRegion region in regions())
        {
            MirroredBlock part = region.Parts[slots.PartOf(slot, region.FirstNode)];
            if (!region.IsDisposed && part.Lacks(slots.CopyOf(slot)) && part.HasStayingCopy)
            {
                long bytes = await FillOrNoneAsync(slot, part, cancellationToken).ConfigureAwait(false);
                isComplete &= bytes > 0 || region.IsDisposed;
                copiedBytes += bytes;
            }
        }

        if (copiedBytes > 0)
        {
            LeasingLog.Copied(logger, copiedBytes, slots[slot].NodeName, Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
        }

        return isComplete;
    }

    /// <returns>Bytes copied; 0 if it came to nothing.</returns>
    private async Task<long> FillOrNoneAsync(int slot, MirroredBlock part, CancellationToken cancellationToken)
    {
        int copy = slots.CopyOf(slot);
        if (part.TakeOutOrNone(copy) is { } lost)
        {
            await lost.FreeAsync().ConfigureAwait(false); // first: there may be room for one only
        }

        try
        {
            LentBlock block = await slots[slot].Session.Memory!.AllocateAsync(part.LengthBytes, cancellationToken).ConfigureAwait(false);
            bool isFilled = await Task.Factory.StartNew( // a thread of its own: copying blocks
                () => part.TryFill(copy, block, took => Rest(took, cancellationToken)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
            if (isFilled)
            {
                return part.LengthBytes;
            }

            await block.FreeAsync().ConfigureAwait(false);
        }
        catch (RowenException exception)
        {
            LeasingLog.NotCopied(logger, slots[slot].Id, slots[slot].NodeName, exception.Message);
        }

        return 0;
    }

    private void Rest(TimeSpan took, CancellationToken cancellationToken)
    {
        _owed += took * ((1 - CopyingShare) / CopyingShare);
        if (_owed >= MinRest)
        {
            cancellationToken.WaitHandle.WaitOne(_owed);
            _owed = TimeSpan.Zero;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
