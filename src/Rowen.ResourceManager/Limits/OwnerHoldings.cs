using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Limits;

/// <summary>What the leases of each user hold, whether they live or are about to end.</summary>
internal sealed class OwnerHoldings
{
    private readonly Dictionary<string, (int Cores, long LentBytes)> _byUser;

    public OwnerHoldings()
        : this([])
    {
    }

    private OwnerHoldings(Dictionary<string, (int Cores, long LentBytes)> byUser) => _byUser = byUser;

    /// <summary>Users who hold something.</summary>
    public IEnumerable<string> Users => _byUser.Keys;

    public void Add(LeaseAsk ask, int cores, long memoryBytes) => Change(ask, cores, memoryBytes);

    public void Remove(LeaseAsk ask, int cores, long memoryBytes) => Change(ask, -cores, -memoryBytes);

    /// <summary>What some users hold together.</summary>
    public (int Cores, long LentBytes) Of(IEnumerable<string> users) => users.Select(user => _byUser.GetValueOrDefault(user))
        .Aggregate((Cores: 0, LentBytes: 0L), (sum, each) => (sum.Cores + each.Cores, sum.LentBytes + each.LentBytes));

    /// <summary>For trying what comes next.</summary>
    public OwnerHoldings Copy() => new(new Dictionary<string, (int, long)>(_byUser));

    private void Change(LeaseAsk ask, int cores, long memoryBytes)
    {
        (int heldCores, long heldBytes) = _byUser.GetValueOrDefault(ask.User);
        (int Cores, long LentBytes) now = (heldCores + cores, heldBytes + (ask.Kind == LeaseKind.Memory ? memoryBytes : 0));
        if (now == default)
        {
            _byUser.Remove(ask.User);
        }
        else
        {
            _byUser[ask.User] = now;
        }
    }
}
