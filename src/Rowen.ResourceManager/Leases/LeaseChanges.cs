using System.Collections.Concurrent;
using Rowen.Protocol.Identifiers;

namespace Rowen.ResourceManager.Leases;

/// <summary>Who waits for a change of which lease. One signal per lease, however many wait.</summary>
/// <remarks>Thread safety: <see cref="Watch"/>, <see cref="Tell"/> and <see cref="Watched"/> belong to the loop.</remarks>
internal sealed class LeaseChanges
{
    private readonly ConcurrentDictionary<LeaseId, LeaseWatch> _watches = new();

    /// <summary>Leases for whose change somebody waits right now.</summary>
    public IEnumerable<LeaseId> Watched =>
        _watches.Where(watch => watch.Value.WaiterCount > 0).Select(watch => watch.Key);

    /// <summary>A signal for the next change; dispose what it returns when nobody waits for it any more.</summary>
    public LeaseWatch Watch(LeaseId lease)
    {
        LeaseWatch watch = _watches.GetOrAdd(lease, static _ => new LeaseWatch());
        watch.Enter();
        return watch;
    }

    public void Tell(LeaseId lease)
    {
        if (_watches.TryRemove(lease, out LeaseWatch? watch))
        {
            watch.Signal();
        }
    }

    /// <summary>Forgets signals for which nobody waits: their leases may never change again.</summary>
    public void Sweep()
    {
        foreach ((LeaseId lease, LeaseWatch watch) in _watches)
        {
            if (watch.WaiterCount == 0)
            {
                _watches.TryRemove(lease, out _);
            }
        }
    }

    public void TellAll()
    {
        foreach (LeaseId lease in _watches.Keys)
        {
            Tell(lease);
        }
    }
}
