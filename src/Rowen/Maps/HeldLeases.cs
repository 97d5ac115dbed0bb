using System.Collections.Concurrent;
using System.Diagnostics;
using Rowen.Protocol.Sessions;

namespace Rowen.Maps;

/// <summary>The leases that one map has taken: which it has, and how each goes back.</summary>
/// <remarks>Thread safety: losses and what is spent come from any thread, everything else from the supply's.</remarks>
internal sealed class HeldLeases<TIn, TOut>(MapRun<TIn, TOut> run, MapOptions options, TimeProvider time, CancellationToken stopping) : IAsyncDisposable
{
    private static readonly TimeSpan StopPeriod = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<MapLease, bool> _leases = new(); // as a set
    private readonly ConcurrentQueue<Task> _ending = new();
    private readonly ConcurrentQueue<MapLease> _lost = new();
    private readonly ConcurrentQueue<MapLease> _spent = new();
    private long _lastLessAt = time.GetTimestamp();

    public bool IsEmpty => _leases.IsEmpty;

    public int Cores => _leases.Keys.Sum(lease => lease.Lease.Cores);

    /// <summary>The most memory that one of them has; 0 without any.</summary>
    public long MaxMemoryBytes => _leases.Keys.Select(lease => lease.Lease.MemoryBytes).DefaultIfEmpty(0).Max();

    /// <summary>Whether some are on their way back, and make room when they are there.</summary>
    public bool AreEnding => _ending.Any(ending => !ending.IsCompleted);

    /// <summary>Since when none was lost or given back.</summary>
    public TimeSpan SinceLess => time.GetElapsedTime(Volatile.Read(ref _lastLessAt));

    public void Add(MapLease lease) => _leases[lease] = true;

    /// <summary>It is not held any more; what still runs on it may end in the time that it has left.</summary>
    public void NoteLoss(MapLease lease)
    {
        if (_leases.TryRemove(lease, out _)) // otherwise it is on its way back already
        {
            _lost.Enqueue(lease);
        }

        Volatile.Write(ref _lastLessAt, time.GetTimestamp());
    }

    /// <summary>A function ran out of memory there, and may keep what it took.</summary>
    public void NoteSpent(MapLease lease) => _spent.Enqueue(lease);

    /// <summary>What has had nothing to do for a while goes back.</summary>
    /// <param name="keptCount">So many stay until the map ends.</param>
    public void EndIdle(int keptCount)
    {
        foreach (MapLease lease in _leases.Keys)
        {
            if (lease.Lease.EndedToken.IsCancellationRequested && _leases.TryRemove(lease, out _))
            {
                _lost.Enqueue(lease); // it was lost while it came
                continue;
            }

            bool isIdle = _leases.Count > keptCount && lease.IsIdle && run.Queue.WaitingCount == 0
                && Stopwatch.GetElapsedTime(lease.LastEndAt) >= options.IdleTime;
            if (isIdle && lease.TryRetire())
            {
                _ending.Enqueue(EndAsync(lease));
            }
        }
    }

    /// <summary>Those that are idle go back, to make room for another.</summary>
    /// <returns>Whether there were any; they are back when it ends.</returns>
    public async Task<bool> TryMakeRoomAsync()
    {
        Task[] ending = [.. _leases.Keys.Where(lease => lease.IsIdle && lease.TryRetire()).Select(EndAsync)];
        await Task.WhenAll(ending).ConfigureAwait(false);
        return ending.Length > 0;
    }

    /// <summary>What was lost frees its lanes as soon as nothing is under way there any more: a map that lasts for days may lose thousands.</summary>
    public void EndLost()
    {
        for (int count = _lost.Count; count > 0 && _lost.TryDequeue(out MapLease? lost); count--)
        {
            if (lost.TryRetire())
            {
                _ending.Enqueue(lost.Lease.DisposeAsync().AsTask());
            }
            else
            {
                _lost.Enqueue(lost);
            }
        }

        while (_ending.TryPeek(out Task? ended) && ended.IsCompletedSuccessfully)
        {
            _ending.TryDequeue(out _);
        }
    }

    /// <summary>Where a function ran out of memory, everything else ends, and the lease goes back.</summary>
    public void EndSpent()
    {
        while (_spent.TryDequeue(out MapLease? spent))
        {
            if (_leases.ContainsKey(spent))
            {
                _ending.Enqueue(DrainAsync(spent));
            }
        }
    }

    /// <summary>Where the node ends before another item could, what runs may end, and the lease goes back: a node that lasts may have another.</summary>
    public void EndShort()
    {
        foreach (MapLease lease in _leases.Keys.Where(lease => lease.IsTooShort))
        {
            _ending.Enqueue(DrainAsync(lease));
        }
    }

    /// <summary>The one that was held for longest goes back, when what runs there has ended.</summary>
    /// <param name="minHold">For which it was held at least.</param>
    public void Yield(TimeSpan minHold)
    {
        if (_leases.Keys.Where(lease => Stopwatch.GetElapsedTime(lease.TakenAt) > minHold).MinBy(lease => lease.TakenAt) is { } longest)
        {
            _ending.Enqueue(DrainAsync(longest));
        }
    }

    /// <summary>Gives everything back, or leaves it to whoever maps next.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopSoftlyAsync([.. _leases.Keys]).ConfigureAwait(false);
        if (options.Kept is { } kept)
        {
            foreach (MapLease lease in _leases.Keys.Where(lease => !lease.Lease.EndedToken.IsCancellationRequested && lease.TryRetire() && _leases.TryRemove(lease, out _)))
            {
                kept.Add(lease.Lease);
            }
        }

        await Task.WhenAll(_leases.Keys.Concat(_lost).Select(lease => lease.Lease.DisposeAsync().AsTask()).Concat(_ending)).ConfigureAwait(false);
    }

    private void Forget(MapLease lease)
    {
        _leases.TryRemove(lease, out _);
        Volatile.Write(ref _lastLessAt, time.GetTimestamp());
    }

    private Task EndAsync(MapLease lease)
    {
        run.Remove(lease);
        Forget(lease);
        return lease.Lease.DisposeAsync().AsTask();
    }

    private async Task DrainAsync(MapLease lease)
    {
        Forget(lease);
        run.Remove(lease);
        while (!lease.IsIdle && !stopping.IsCancellationRequested)
        {
            await Task.Delay(StopPeriod, time, CancellationToken.None).ConfigureAwait(false);
        }

        await StopSoftlyAsync([lease]).ConfigureAwait(false);
        await lease.Lease.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Asks what is still under way to stop, and waits a little; the release of the leases ends the rest.</summary>
    private async Task StopSoftlyAsync(MapLease[] leases)
    {
        long askedAt = time.GetTimestamp();
        foreach (MapLease lease in leases.Where(lease => !lease.IsIdle))
        {
            _ = lease.Lease.Session.TrySend(SessionMessage.Stop);
        }

        while (leases.Any(lease => !lease.IsIdle && lease.Lease.Session.Loss is null) && time.GetElapsedTime(askedAt) < options.StopTime)
        {
            await Task.Delay(StopPeriod, time, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
