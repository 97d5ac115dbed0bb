using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Leases;

namespace Rowen.UnitTests.ResourceManager.Leases;

public sealed class LeaseChangesTests
{
    private static readonly LeaseId Lease = new(1);

    private readonly LeaseChanges _changes = new();

    [Fact]
    public void A_change_wakes_all_who_wait_for_it()
    {
        using LeaseWatch one = _changes.Watch(Lease);
        using LeaseWatch other = _changes.Watch(Lease);
        using LeaseWatch stranger = _changes.Watch(new LeaseId(2));

        _changes.Tell(Lease);

        Assert.Equal((true, true, false), (one.Changed.IsCompleted, other.Changed.IsCompleted, stranger.Changed.IsCompleted));
    }

    [Fact]
    public void A_lease_is_watched_for_as_long_as_somebody_waits()
    {
        LeaseWatch one = _changes.Watch(Lease);
        LeaseWatch other = _changes.Watch(Lease);

        one.Dispose();
        Assert.Equal([Lease], _changes.Watched);
        other.Dispose();

        Assert.Empty(_changes.Watched);
    }

    [Fact]
    public void Sweeping_takes_no_signal_from_those_who_wait()
    {
        using LeaseWatch watch = _changes.Watch(Lease);

        _changes.Sweep();
        _changes.Tell(Lease);

        Assert.True(watch.Changed.IsCompleted);
    }
}
