namespace Rowen.ResourceManager.Leases;

/// <summary>The next change of one lease. Whoever got it disposes it once, when it waits no more.</summary>
internal sealed class LeaseWatch : IDisposable
{
    private readonly TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiterCount;

    public Task Changed => _changed.Task;

    public int WaiterCount => Volatile.Read(ref _waiterCount);

    public void Enter() => Interlocked.Increment(ref _waiterCount);

    public void Signal() => _changed.TrySetResult();

    public void Dispose() => Interlocked.Decrement(ref _waiterCount);
}
