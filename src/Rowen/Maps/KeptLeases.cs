using System.Collections.Concurrent;

namespace Rowen.Maps;

/// <summary>Leases that one step of a reduction leaves to the next: nobody waits for new ones, and what their executors have put is in their memory still.</summary>
/// <remarks>Thread safety: any thread. What nobody has taken goes back in the end.</remarks>
internal sealed class KeptLeases : IAsyncDisposable
{
    private readonly ConcurrentQueue<Lease> _leases = new();

    public void Add(Lease lease) => _leases.Enqueue(lease);

    public bool TryTake(out Lease? lease) => _leases.TryDequeue(out lease);

    /// <summary>Gives them back, when the last step has ended.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_leases.Select(lease => lease.DisposeAsync().AsTask())).ConfigureAwait(false);
}
