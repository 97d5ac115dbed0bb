using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rowen.Leasing;
using Rowen.LentMemory;
using Rowen.ObjectStorage;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;

namespace Rowen;

/// <summary>Leased memory of one or more nodes, kept while this object lives. Nothing runs there: it is read and written from here.</summary>
/// <remarks>
/// Thread safety: any thread. Everything in it is lost with its leases: when this is disposed, when this program ends, and
/// when a node is lost, unless there is a second copy. What was freed is zeroed before anybody else gets it.
/// </remarks>
public sealed class RemoteMemory : IAsyncDisposable
{
    private const int CopyBytes = 4 << 20; // of one turn: the network's pieces are smaller

    private readonly MemoryRequest _request;
    private readonly Func<LeaseRequest, CancellationToken, Task<Lease>> _lease;
    private readonly MemorySlots _slots;
    private readonly StripeLayout _layout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<MemoryRegion, bool> _regions = new(); // as a set
    private readonly ConcurrentDictionary<string, MemoryRegion> _named = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _keeping = new(1, 1); // names do not change while contents are kept
    private readonly CancellationTokenSource _end = new();
    private readonly CopyKeeper? _copies;
    private readonly Task _copying;
    private readonly Lock _lock = new();
    private readonly List<Task> _watching = [];
    private readonly long[] _usedBytes;
    private int _isDisposed;

    internal RemoteMemory(
        MemoryRequest request, IReadOnlyList<Lease> leases, Func<LeaseRequest, CancellationToken, Task<Lease>> lease, TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _request = request;
        _lease = lease;
        _slots = new MemorySlots(leases, request.NodeCount);
        _layout = new StripeLayout(request.NodeCount, request.StripeBytes);
        _usedBytes = new long[request.NodeCount];
        _copies = request.CopyCount == 1 ? null : new CopyKeeper(_slots, () => [.. _regions.Keys], LeaseAnotherOrNoneAsync, WatchAnotherAsync, logger);
        _copying = _copies?.RunAsync(_end.Token) ?? Task.CompletedTask;
        foreach (Lease each in leases)
        {
            BeginWatching(each);
        }
    }

    /// <summary>Bytes that can be allocated in all, the costs of regions aside.</summary>
    public long LengthBytes => _request.LengthBytes;

    /// <summary>The leases of now, as in logs and in <c>rowen leases</c>: all first copies, then all second ones. A new copy has a new lease.</summary>
    public IReadOnlyList<LeaseId> LeaseIds => [.. _slots.Leases.Select(lease => lease.Id)];

    /// <summary>Names of the nodes, in the order of <see cref="LeaseIds"/>.</summary>
    public IReadOnlyList<string> NodeNames => [.. _slots.Leases.Select(lease => lease.NodeName)];

    /// <summary>The fabric provider for each lease, in the order of <see cref="LeaseIds"/>: <c>shm</c>, <c>tcp</c>, <c>ofi</c>.</summary>
    public IReadOnlyList<string> Providers => [.. _slots.Leases.Select(lease => lease.Provider)];

    /// <summary>Reserves zeroed memory. Its pages are there when this completes: about 0.3 s for each GiB.</summary>
    /// <param name="lengthBytes">From 1 byte to just under 1 TiB on each node.</param>
    /// <param name="name">The name under which <see cref="MemoryRequest.SpillTo"/> keeps its contents; null: it does not.</param>
    /// <param name="cancellationToken">Stops the wait; what was reserved meanwhile is given back.</param>
    /// <returns>A region that the caller disposes; it ends with this object at the latest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1.</exception>
    /// <exception cref="ArgumentException">The name is in use, or is none that an object can have.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.CapacityExhausted"/>: the leases have not that much left;
    /// <see cref="ErrorCode.PeerLost"/> or the reason of a lease's end.
    /// </exception>
    public async Task<MemoryRegion> AllocateAsync(long lengthBytes, string? name = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthBytes, 1);
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        if (name is not null)
        {
            ObjectName.Check(name);
        }

        MemoryRegion region = await AllocateUnnamedAsync(lengthBytes, cancellationToken).ConfigureAwait(false);
        return name is null ? region : await NameOrDisposeAsync(region, name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reserves memory and fills it with what <see cref="MemoryRequest.SpillTo"/> keeps under a name; the object stays there.</summary>
    /// <param name="name">Name of a region whose memory was taken back, of this object or another.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A region of that name; null if nothing is kept under it.</returns>
    /// <exception cref="InvalidOperationException">There is no <see cref="MemoryRequest.SpillTo"/>.</exception>
    /// <exception cref="ArgumentException">The name is in use, or is none that an object can have.</exception>
    /// <exception cref="IOException">What is kept could not be read.</exception>
    /// <exception cref="RowenException">As <see cref="AllocateAsync"/>.</exception>
    public async Task<MemoryRegion?> RestoreAsync(string name, CancellationToken cancellationToken = default)
    {
        IObjectStore store = _request.SpillTo ?? throw new InvalidOperationException("Nothing is kept: set MemoryRequest.SpillTo.");
        Stream? kept = await store.OpenAsync(name, cancellationToken).ConfigureAwait(false);
        if (kept is null)
        {
            return null;
        }

        await using ConfiguredAsyncDisposable closing = kept.ConfigureAwait(false);
        MemoryRegion region = await AllocateUnnamedAsync(Math.Max(1, kept.Length), cancellationToken).ConfigureAwait(false);
        try
        {
            region.ContentBytes = kept.Length;
            Stream target = region.OpenStream();
            await using (target.ConfigureAwait(false))
            {
                await kept.CopyToAsync(target, CopyBytes, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await region.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return await NameOrDisposeAsync(region, name, cancellationToken).ConfigureAwait(false); // last: half of it must never be kept in its place
    }

    /// <summary>Where contents are kept that lose their memory; null: nowhere.</summary>
    internal IObjectStore? SpillTo => _request.SpillTo;

    /// <summary>Changes which regions have which names, at no time when contents are being kept.</summary>
    /// <param name="change">The change, and what belongs to it.</param>
    /// <param name="cancellationToken">Gives up before it begins.</param>
    internal async Task ChangeNamesAsync(Func<Task> change, CancellationToken cancellationToken)
    {
        await _keeping.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await change().ConfigureAwait(false);
        }
        finally
        {
            _keeping.Release();
        }
    }

    /// <summary>Gives a region a name, in place of another region's if that has it. Only within a change of names.</summary>
    /// <exception cref="RowenException">Its memory is being taken back: nothing of it would be kept any more.</exception>
    internal void Name(MemoryRegion region, string name)
    {
        ThrowIfLeaving(region);
        region.Name = name;
        _named[name] = region;
    }

    /// <summary>Takes a region's name away: its contents are of no interest any more. Only within a change of names.</summary>
    internal void Unname(MemoryRegion region)
    {
        if (region.Name is { } name)
        {
            _named.TryRemove(new KeyValuePair<string, MemoryRegion>(name, region));
        }
    }

    internal async Task<MemoryRegion> AllocateUnnamedAsync(long lengthBytes, CancellationToken cancellationToken)
    {
        int firstNode = TakeEmptiestNode(lengthBytes);
        Task<LentBlock>[] allocations =
            [.. Enumerable.Range(0, _slots.Count).Select(slot => AllocateBlockAsync(slot, _slots.PartOf(slot, firstNode), lengthBytes, cancellationToken))];
        try
        {
            LentBlock?[] blocks = await WaitForEnoughAsync(allocations).ConfigureAwait(false);
            MirroredBlock[] parts = [.. Enumerable.Range(0, _request.NodeCount).Select(part => Mirror(blocks, part, firstNode))];
            var region = new MemoryRegion(lengthBytes, _layout, firstNode, parts, Forget);
            _regions[region] = true;
            _copies?.Tell(); // a copy may lack, or its lease have been replaced meanwhile
            return region;
        }
        catch
        {
            GiveBack(firstNode, lengthBytes);
            foreach (Task<LentBlock> allocation in allocations.Where(allocation => allocation.IsCompletedSuccessfully))
            {
                LentBlock block = await allocation.ConfigureAwait(false);
                await block.FreeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Gives the memory back; regions that were not disposed are worth nothing from here on.</summary>
    /// <returns>A task that ends when the resource manager has heard it, or could not be reached.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _end.CancelAsync().ConfigureAwait(false);
            await _copying.ConfigureAwait(false);
            await Task.WhenAll(_slots.Leases.Select(lease => lease.DisposeAsync().AsTask())).ConfigureAwait(false);
            await Task.WhenAll(TakeWatching()).ConfigureAwait(false);
        }
    }

    private async Task<MemoryRegion> NameOrDisposeAsync(MemoryRegion region, string name, CancellationToken cancellationToken)
    {
        try
        {
            await ChangeNamesAsync(() => NameFirstAsync(region, name), cancellationToken).ConfigureAwait(false);
            return region;
        }
        catch
        {
            await region.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Task NameFirstAsync(MemoryRegion region, string name)
    {
        if (_named.ContainsKey(name))
        {
            throw new ArgumentException($"There is a region '{name}' already.", nameof(name));
        }

        Name(region, name);
        return Task.CompletedTask;
    }

    private void ThrowIfLeaving(MemoryRegion region)
    {
        if (!region.IsStaying)
        {
            throw new RowenException(ErrorCode.LeaseRevoked, $"The remote memory of {string.Join(", ", LeaseIds)} is being taken back: lease anew.");
        }
    }

    private void Forget(MemoryRegion region)
    {
        _regions.TryRemove(region, out _);
        GiveBack(region.FirstNode, region.LengthBytes);
        Unname(region);
    }

    /// <summary>Small regions have no stripe on most nodes: whichever has least begins.</summary>
    private int TakeEmptiestNode(long lengthBytes)
    {
        lock (_lock)
        {
            int firstNode = Array.IndexOf(_usedBytes, _usedBytes.Min());
            ChangeUse(firstNode, lengthBytes, sign: 1);
            return firstNode;
        }
    }

    private void GiveBack(int firstNode, long lengthBytes)
    {
        lock (_lock)
        {
            ChangeUse(firstNode, lengthBytes, sign: -1);
        }
    }

    private void ChangeUse(int firstNode, long lengthBytes, int sign)
    {
        for (int node = 0; node < _usedBytes.Length; node++)
        {
            _usedBytes[node] += sign * _layout.LengthOf(_slots.PartOf(node, firstNode), lengthBytes);
        }
    }

    private void BeginWatching(Lease lease)
    {
        Task watching = WatchAsync(lease);
        lock (_lock)
        {
            _watching.RemoveAll(task => task.IsCompleted);
            _watching.Add(watching);
        }
    }

    private Task[] TakeWatching()
    {
        lock (_lock)
        {
            return [.. _watching];
        }
    }

    /// <summary>When a lease is taken back: tells the owner, keeps what has a name, and gives the lease back.</summary>
    private async Task WatchAsync(Lease lease)
    {
        ExecutorEnding ending = await lease.Session.Ended.ConfigureAwait(false);
        if (_isDisposed != 0)
        {
            return;
        }

        _copies?.Tell();
        if (ending.GraceMs <= 0)
        {
            return; // lost, or over already
        }

        using var graceIsOver = new CancellationTokenSource(TimeSpan.FromMilliseconds(ending.GraceMs), _time);
        Task<IReadOnlyList<string>> kept = Task.Run(() => KeepAsync(graceIsOver.Token), CancellationToken.None);
        var revocation = new MemoryRevocation(lease.Id, lease.NodeName, ending.Why, TimeSpan.FromMilliseconds(ending.GraceMs), kept);
        Task told = _request.Revoked is { } revoked ? Task.Run(() => revoked(revocation, graceIsOver.Token)) : Task.CompletedTask;
        await Task.WhenAll(told, kept).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // whoever was told looks at what failed
        await lease.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Keeps every named region that would lose bytes. One that cannot be kept keeps no other from it.</summary>
    private async Task<IReadOnlyList<string>> KeepAsync(CancellationToken cancellationToken)
    {
        if (_request.SpillTo is not { } store)
        {
            return [];
        }

        List<string> kept = [];
        List<Exception> failures = [];
        await ChangeNamesAsync(() => KeepAllAsync(store, kept, failures, cancellationToken), cancellationToken).ConfigureAwait(false);
        return failures.Count switch
        {
            0 => kept,
            1 => throw failures[0],
            _ => throw new AggregateException(failures),
        };
    }

    private async Task KeepAllAsync(IObjectStore store, List<string> kept, List<Exception> failures, CancellationToken cancellationToken)
    {
        foreach ((string name, MemoryRegion region) in _named.Where(entry => !entry.Value.IsStaying).OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            try
            {
                if (!region.IsKept)
                {
                    await KeepAsync(store, name, region, cancellationToken).ConfigureAwait(false);
                    region.IsKept = true;
                }

                kept.Add(name);
            }
            catch (ObjectDisposedException) when (region.IsDisposed)
            {
                // freed meanwhile
            }
            catch (Exception exception) when (IsFailureToKeep(exception))
            {
                LeasingLog.NotKept(_logger, name, exception.Message);
                failures.Add(exception);
            }
        }
    }

    /// <summary>Whatever a store throws, the site's own ones included: the other regions are still worth keeping.</summary>
    private static bool IsFailureToKeep(Exception exception) => exception is not (OutOfMemoryException or StackOverflowException);

    private static async Task KeepAsync(IObjectStore store, string name, MemoryRegion region, CancellationToken cancellationToken)
    {
        await region.FreezeAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        Stream contents = new RegionStream(region, region.ContentBytes, canWrite: false, disposed: null);
        await using (contents.ConfigureAwait(false))
        {
            await store.PutAsync(name, contents, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Memory for a copy that is gone: on a node that has no other copy, and not on the one that wants it back.</summary>
    private async Task<Lease?> LeaseAnotherOrNoneAsync(int slot, CancellationToken cancellationToken)
    {
        Lease before = _slots[slot];
        List<Lease> others = [.. Enumerable.Range(0, _slots.Count).Where(other => !_slots.IsLeaving(other)).Select(other => _slots[other])];
        bool isWanted = before.Session.Loss is null || before.Session.Loss.Code == ErrorCode.LeaseRevoked;
        try
        {
            return await LeaseOrNoneAsync([.. others, before], cancellationToken).ConfigureAwait(false)
                ?? (isWanted ? null : await LeaseOrNoneAsync(others, cancellationToken).ConfigureAwait(false)); // its process died, the node need not have
        }
        catch (RowenException exception)
        {
            LeasingLog.NoRoomForCopy(_logger, before.Id, before.NodeName, exception.Message);
            return null;
        }
    }

    private async Task<Lease?> LeaseOrNoneAsync(IReadOnlyList<Lease> others, CancellationToken cancellationToken)
    {
        try
        {
            return await _lease(_request.ToLeaseRequest(others) with { WhenFull = WhenFull.Fail, Progress = null }, cancellationToken).ConfigureAwait(false);
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.CapacityExhausted)
        {
            return null;
        }
    }

    private async ValueTask WatchAnotherAsync(int slot, Lease before)
    {
        BeginWatching(_slots[slot]);
        if (before.Session.Loss is not null)
        {
            await before.DisposeAsync().ConfigureAwait(false); // while it is being taken back, whoever watches it does that
        }
    }

    private Task<LentBlock> AllocateBlockAsync(int slot, int part, long regionBytes, CancellationToken cancellationToken)
    {
        MemoryLane lane = _slots[slot].Session.Memory!;
        return lane.IsLeaving
            ? Task.FromException<LentBlock>(new RowenException(ErrorCode.LeaseRevoked, $"The remote memory of {_slots[slot].Id} is gone, or being taken back: lease anew."))
            : lane.AllocateAsync(Math.Max(1, _layout.LengthOf(part, regionBytes)), cancellationToken);
    }

    /// <summary>One copy of each part is enough where the others' nodes are lost: new ones will be made.</summary>
    private async Task<LentBlock?[]> WaitForEnoughAsync(Task<LentBlock>[] allocations)
    {
        await ((Task)Task.WhenAll(allocations)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (int slot = 0; slot < allocations.Length; slot++)
        {
            bool hasTwin = Enumerable.Range(0, allocations.Length).Any(
                other => other % _request.NodeCount == slot % _request.NodeCount && allocations[other].IsCompletedSuccessfully);
            if (!hasTwin || !_slots.IsLeaving(slot))
            {
                _ = await allocations[slot].ConfigureAwait(false); // throws if it has failed
            }
        }

        var blocks = new LentBlock?[allocations.Length];
        for (int slot = 0; slot < allocations.Length; slot++)
        {
            blocks[slot] = allocations[slot].IsCompletedSuccessfully ? await allocations[slot].ConfigureAwait(false) : null;
        }

        return blocks;
    }

    private MirroredBlock Mirror(LentBlock?[] blocks, int part, int firstNode) =>
        new([.. Enumerable.Range(0, _request.CopyCount).Select(copy => blocks[_slots.SlotOf(part, copy, firstNode)])]);
}
