using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Limits;
using Rowen.ResourceManager.Limits;
using Rowen.ResourceManager.Nodes;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Leases;

/// <content>What users and accounts may have.</content>
internal sealed partial class LeaseTable
{
    private readonly OwnerHoldings _held = new();
    private LeaseLimits _limits = LeaseLimits.None;

    /// <summary>From now on these hold, for what is granted; nothing that is held is taken.</summary>
    public void SetLimits(LeaseLimits limits, long nowMs, ICollection<LeaseEffect> effects)
    {
        _limits = limits;
        _mayHaveRoom = true;
        FillFreeRoom(nowMs, effects);
        CheckInvariants();
    }

    /// <summary>Every user and account that has a limit, or holds something.</summary>
    public OwnerView[] DescribeOwners() =>
    [
        .. _limits.Named.Concat(_held.Users.Select(user => new Owner(user, IsAccount: false))).Distinct()
            .OrderByDescending(owner => owner.IsAccount).ThenBy(owner => owner.Name, StringComparer.Ordinal)
            .Select(DescribeOwner),
    ];

    private OwnerView DescribeOwner(Owner owner)
    {
        OwnerLimit limit = _limits.LimitOf(owner);
        (int cores, long lentBytes) = _held.Of(_limits.UsersOf(owner));
        return new OwnerView
        {
            Name = owner.Name,
            IsAccount = owner.IsAccount,
            IsExcluded = limit.IsExcluded,
            Cores = cores,
            MaxCores = limit.Cores,
            LentMemoryBytes = lentBytes,
            MaxLentMemoryBytes = limit.LentMemoryBytes,
            MaxPilots = limit.Pilots,
        };
    }

    private LimitBinding? BindingOf(LeaseAsk ask) => _limits.FindBinding(ask, _held);

    /// <summary>What is never given, or not now to one who may not wait.</summary>
    private ErrorAnswer? FindOverLimit(LeaseAsk ask, ICollection<LeaseEffect> effects)
    {
        if (BindingOf(ask) is not { } binding)
        {
            return null;
        }

        effects.Add(new LeaseEffect.Audit(new AuditEntry { Event = AuditEvent.LimitHit, User = ask.User, Account = _limits.AccountOf(ask.User), What = binding.Sentence }));
        bool mayWait = ask.MayWait && ask.MaxWaitMs > 0;
        return _limits.LimitOf(binding.Owner).IsExcluded ? new ErrorAnswer(ErrorCode.LimitExceeded, $"No lease: {binding.Sentence}.")
            : binding.IsForEver && mayWait ? new ErrorAnswer(ErrorCode.LimitExceeded, $"No lease of {WaitingReason.What(ask)}, however long it waits: {binding.Sentence}. Ask for less.")
            : mayWait ? null
            : new ErrorAnswer(ErrorCode.CapacityExhausted, $"No lease of {WaitingReason.What(ask)} now, and the request may not wait: {binding.Sentence}.");
    }

    /// <summary>A node has it from now on.</summary>
    private void Hold(Lease lease, Node node)
    {
        lease.HoldsCapacity = true;
        node.Hold(lease);
        _held.Add(lease.Ask, lease.Cores, lease.MemoryBytes);
    }

    /// <summary>Leases that would be granted were there room, in turn: what exceeds a limit asks for no node.</summary>
    private LeaseAsk[] WithinLimits()
    {
        OwnerHoldings held = _held.Copy();
        var within = new List<LeaseAsk>();
        foreach (Lease lease in _queue)
        {
            if (_limits.FindBinding(lease.Ask, held) is null)
            {
                within.Add(lease.Ask.UsefulCores == 0 ? lease.Ask : lease.Ask with { UsefulCores = Math.Min(lease.Ask.UsefulCores, _limits.MostCores(lease.Ask.User, held)) });
                held.Add(lease.Ask, LeasePlacement.MinCores(lease.Ask) * lease.Ask.Nodes, lease.Ask.MemoryBytes * lease.Ask.Nodes);
            }
        }

        return [.. within];
    }

    private IReadOnlyList<PilotQuota> FindPilotQuotas() => _limits.FindPilotQuotas(
        _queue.Select(lease => lease.Ask.User),
        [
            .. _nodes.All.Where(node => _harvest.Jobs.Contains(node.BatchJob) && node.IsKnownToExist)
                .Select(node => node.Holders.Values.Select(lease => lease.Ask.User).ToHashSet(StringComparer.Ordinal)),
        ]);

    /// <summary>What the limits have to do with a lease that waits: half a sentence; empty: nothing.</summary>
    private string LimitOnPilotsOf(LeaseAsk ask) => _harvest.Largest is not null
        && FindPilotQuotas().FirstOrDefault(quota => quota.Left == 0 && quota.Users.Contains(ask.User)) is { } quota
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"; the limit of {quota.Owner} binds, {quota.Max} pilots: as many are held")
            : string.Empty;
}
