using Rowen.LentMemory;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen;

/// <summary>Leased memory of one or more nodes, kept while this object lives. Nothing runs there: it is read and written from here.</summary>
/// <remarks>
/// Thread safety: any thread. Everything in it is lost with its leases: when this is disposed, when this program ends, and
/// when a node is lost, unless there is a second copy. What was freed is zeroed before anybody else gets it.
/// </remarks>
public sealed class RemoteMemory : IAsyncDisposable
{
    private readonly MemoryRequest _request;
    private readonly Lease[] _leases;
    private readonly StripeLayout _layout;
    private int _isDisposed;

    internal RemoteMemory(MemoryRequest request, IReadOnlyList<Lease> leases)
    {
        _request = request;
        _leases = [.. leases];
        _layout = new StripeLayout(request.NodeCount, request.StripeBytes);
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
    /// <param name="lengthBytes">From 1 byte to 1 TiB on each node.</param>
    /// <param name="cancellationToken">Stops the wait; what was reserved meanwhile is given back.</param>
    /// <returns>A region that the caller disposes; it ends with this object at the latest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1.</exception>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.CapacityExhausted"/>: the leases have not that much left;
    /// <see cref="ErrorCode.PeerLost"/> or the reason of a lease's end.
    /// </exception>
    public async Task<MemoryRegion> AllocateAsync(long lengthBytes, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthBytes, 1);
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        Task<LentBlock>[] allocations = [.. _leases.Select((lease, i) => AllocateBlockAsync(lease, i, lengthBytes, cancellationToken))];
        try
        {
            LentBlock[] blocks = await Task.WhenAll(allocations).ConfigureAwait(false);
            return new MemoryRegion(lengthBytes, _layout, [.. Enumerable.Range(0, _request.NodeCount).Select(part => Mirror(blocks, part))]);
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
        }
    }

    private Task<LentBlock> AllocateBlockAsync(Lease lease, int index, long regionBytes, CancellationToken cancellationToken)
    {
        long lengthBytes = _layout.LengthOf(index % _request.NodeCount, regionBytes);
        return lease.Session.Memory!.AllocateAsync(Math.Max(1, lengthBytes), cancellationToken);
    }

    private MirroredBlock Mirror(LentBlock[] blocks, int part) =>
        new([.. Enumerable.Range(0, _request.CopyCount).Select(copy => blocks[(copy * _request.NodeCount) + part])]);
}
