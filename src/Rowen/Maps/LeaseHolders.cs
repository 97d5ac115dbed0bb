namespace Rowen.Maps;

/// <summary>The maps of one client that take leases: while one has nothing, the one that has most gives a lease up now and then.</summary>
/// <remarks>
/// The manager's queue is fair to who stands in it, but takes back from nobody. Between programs that is right; a program's own
/// maps are to go on side by side. Thread safety: any thread.
/// </remarks>
internal sealed class LeaseHolders
{
    private readonly Lock _lock = new();
    private readonly List<LeaseHolder> _all = [];

    public void Add(LeaseHolder holder)
    {
        lock (_lock)
        {
            _all.Add(holder);
        }
    }

    public void Remove(LeaseHolder holder)
    {
        lock (_lock)
        {
            _all.Remove(holder);
        }
    }

    /// <summary>Whether a map is to give up a lease, so that another can have one.</summary>
    public bool MustYield(LeaseHolder holder)
    {
        LeaseHolder[] all;
        lock (_lock)
        {
            all = [.. _all];
        }

        int held = holder.HeldCores;
        return held > 0 && all.Length > 1 && Array.Exists(all, each => each.IsStarving) && held == all.Max(each => each.HeldCores);
    }
}
