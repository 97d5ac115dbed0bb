using System.Collections;
using Rowen.Protocol.Identifiers;

namespace Rowen;

/// <summary>Leases of several nodes that were granted in one moment: an executor on each node, and one handle.</summary>
/// <remarks>
/// Thread safety: any thread. Each part is a lease of its own, with its own usage, and may end without the others: its node is lost, or taken back. The others
/// go on, and <see cref="PartEndedToken"/> tells. Maps over leases take a group as it is.
/// </remarks>
public sealed class LeaseGroup : IReadOnlyList<Lease>, IAsyncDisposable
{
    private readonly IReadOnlyList<Lease> _parts;
    private readonly CancellationTokenSource _partEnded;

    internal LeaseGroup(IReadOnlyList<Lease> parts)
    {
        _parts = parts;
        _partEnded = CancellationTokenSource.CreateLinkedTokenSource([.. parts.Select(part => part.EndedToken)]);
        PartEndedToken = _partEnded.Token;
    }

    /// <summary>The lease that was asked for first: it names the group in <c>rowen leases</c>.</summary>
    public LeaseId Id => _parts[0].Id;

    /// <summary>How many nodes were granted, those included that have been lost since.</summary>
    public int Count => _parts.Count;

    /// <summary>Leased cores of all nodes.</summary>
    public int Cores => _parts.Sum(part => part.Cores);

    /// <summary>Names of the nodes, one for each part.</summary>
    public IReadOnlyList<string> NodeNames => [.. _parts.Select(part => part.NodeName)];

    /// <summary>Cancelled when the first of the parts ends, for whatever reason: <see cref="Lease.EndReason"/> of that part says it.</summary>
    public CancellationToken PartEndedToken { get; }

    /// <summary>The parts that have not ended.</summary>
    public IReadOnlyList<Lease> Living => [.. _parts.Where(part => !part.EndedToken.IsCancellationRequested)];

    /// <summary>A part.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public Lease this[int index] => _parts[index];

    /// <summary>The parts, in an order that does not change.</summary>
    public IEnumerator<Lease> GetEnumerator() => _parts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Ends all parts that live still. Calls under way end as lost.</summary>
    /// <returns>A task that ends when the resource manager has heard it, or could not be reached.</returns>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_parts.Select(part => part.DisposeAsync().AsTask())).ConfigureAwait(false);
        _partEnded.Dispose();
    }
}
