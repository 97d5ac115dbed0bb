using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
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
    private readonly Lease[] _leases;
    private readonly StripeLayout _layout;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, MemoryRegion> _named = new(StringComparer.Ordinal);
    private readonly Task[] _watching;
    private Task<IReadOnlyList<string>>? _keeping;
    private int _isDisposed;

    internal RemoteMemory(MemoryRequest request, IReadOnlyList<Lease> leases, TimeProvider time)
    {
        _time = time;
        _request = request;
        _leases = [.. leases];
        _layout = new StripeLayout(request.NodeCount, request.StripeBytes);
        _watching = [.. _leases.Select(WatchAsync)];
    }

    /// <summary>Bytes that can be allocated in all, the costs of regions aside.</summary>
    public long LengthBytes => _request.LengthBytes;

    /// <summary>The leases, as in logs and in <c>rowen leases</c>: all first copies, then all second ones.</summary>
    public IReadOnlyList<LeaseId> LeaseIds => [.. _leases.Select(lease => lease.Id)];

    /// <summary>Names of the nodes, in the order of <see cref="LeaseIds"/>.</summary>
    public IReadOnlyList<string> NodeNames => [.. _leases.Select(lease => lease.NodeName)];

    /// <summary>The fabric provider for each lease, in the order of <see cref="LeaseIds"/>: <c>shm</c>, <c>tcp</c>, <c>ofi</c>.</summary>
    public IReadOnlyList<string> Providers => [.. _leases.Select(lease => lease.Provider)];

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
        MemoryRegion region = await AllocateUnnamedAsync(lengthBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            if (name is not null)
            {
                ObjectName.Check(name);
                region.Name = name;
                if (!_named.TryAdd(name, region))
                {
                    throw new ArgumentException($"There is a region '{name}' already.", nameof(name));
                }
            }

            return region;
        }
        catch
        {
            await region.DisposeAsync().ConfigureAwait(false);
            throw;
        }
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
        MemoryRegion region = await AllocateAsync(Math.Max(1, kept.Length), name, cancellationToken).ConfigureAwait(false);
        try
        {
            Stream target = region.OpenStream();
            await using (target.ConfigureAwait(false))
            {
                await kept.CopyToAsync(target, CopyBytes, cancellationToken).ConfigureAwait(false);
            }

            return region;
        }
        catch
        {
            await region.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Where contents are kept that lose their memory; null: nowhere.</summary>
    internal IObjectStore? SpillTo => _request.SpillTo;

    /// <summary>Gives a region a name, in place of another region's if that has it.</summary>
    internal void Name(MemoryRegion region, string name)
    {
        region.Name = name;
        _named[name] = region;
    }

    internal async Task<MemoryRegion> AllocateUnnamedAsync(long lengthBytes, CancellationToken cancellationToken)
    {
        Task<LentBlock>[] allocations = [.. _leases.Select((lease, i) => AllocateBlockAsync(lease, i, lengthBytes, cancellationToken))];
        try
        {
            LentBlock[] blocks = await Task.WhenAll(allocations).ConfigureAwait(false);
            return new MemoryRegion(lengthBytes, _layout, [.. Enumerable.Range(0, _request.NodeCount).Select(part => Mirror(blocks, part))], Forget);
        }
        catch
        {
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
            await Task.WhenAll(_leases.Select(lease => lease.DisposeAsync().AsTask())).ConfigureAwait(false);
            await Task.WhenAll(_watching).ConfigureAwait(false);
        }
    }

    private void Forget(MemoryRegion region)
    {
        if (region.Name is { } name)
        {
            _named.TryRemove(new KeyValuePair<string, MemoryRegion>(name, region));
        }
    }

    /// <summary>When a lease is taken back: tells the owner, keeps what has a name, and gives the lease back.</summary>
    private async Task WatchAsync(Lease lease)
    {
        ExecutorEnding ending = await lease.Session.Ended.ConfigureAwait(false);
        if (ending.GraceMs <= 0 || _isDisposed != 0)
        {
            return; // lost, or over already
        }

        using var graceIsOver = new CancellationTokenSource(TimeSpan.FromMilliseconds(ending.GraceMs), _time);
        Task<IReadOnlyList<string>> kept = KeepOnceAsync(graceIsOver.Token);
        var revocation = new MemoryRevocation(lease.Id, lease.NodeName, ending.Why, TimeSpan.FromMilliseconds(ending.GraceMs), kept);
        Task told = _request.Revoked is { } revoked ? Task.Run(() => revoked(revocation, graceIsOver.Token)) : Task.CompletedTask;
        await Task.WhenAll(told, kept).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // whoever was told looks at what failed
        await lease.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One node that is taken back is enough to need everything kept; a second copy makes that needless.</summary>
    private Task<IReadOnlyList<string>> KeepOnceAsync(CancellationToken cancellationToken)
    {
        lock (_named)
        {
            return _keeping ??= _request.SpillTo is { } store && _request.CopyCount == 1
                ? Task.Run(() => KeepAsync(store, cancellationToken), CancellationToken.None)
                : Task.FromResult<IReadOnlyList<string>>([]);
        }
    }

    private async Task<IReadOnlyList<string>> KeepAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        List<string> kept = [];
        foreach ((string name, MemoryRegion region) in _named)
        {
            if (!_named.ContainsKey(name))
            {
                continue; // freed meanwhile
            }

            await region.FreezeAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            Stream contents = new RegionStream(region, region.ContentBytes, canWrite: false, disposed: null);
            await using (contents.ConfigureAwait(false))
            {
                await store.PutAsync(name, contents, cancellationToken).ConfigureAwait(false);
            }

            kept.Add(name);
        }

        return kept;
    }

    private Task<LentBlock> AllocateBlockAsync(Lease lease, int index, long regionBytes, CancellationToken cancellationToken)
    {
        long lengthBytes = _layout.LengthOf(index % _request.NodeCount, regionBytes);
        return lease.Session.Memory!.AllocateAsync(Math.Max(1, lengthBytes), cancellationToken);
    }

    private MirroredBlock Mirror(LentBlock[] blocks, int part) =>
        new([.. Enumerable.Range(0, _request.CopyCount).Select(copy => blocks[(copy * _request.NodeCount) + part])]);
}
