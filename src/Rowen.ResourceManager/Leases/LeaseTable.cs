using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Nodes;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Leases;

/// <summary>
/// Every node, every lease that waits or lives, and the last that ended. Decides and remembers; performs nothing.
/// </summary>
/// <remarks>
/// Time is the manager's monotonic clock in milliseconds and never goes back. Effects of calls are only to be performed
/// after what they save is durable: see <see cref="StorageWorks"/> and <see cref="StorageFails"/>.
/// </remarks>
internal sealed partial class LeaseTable(
    LeaseOptions options, QueueOptions queueOptions, NodeOptions nodeOptions, uint epoch)
{
    /// <summary>How long meters of a living lease may be ahead of those on disk.</summary>
    private const long UsagePeriodMs = 10_000;

    /// <summary>The same for the last meters of a lease that has ended: they ride on the next commit, or make their own.</summary>
    private const long LastUsageDelayMs = 1_000;

    private readonly LeaseAskRules _rules = new(options, queueOptions);
    private readonly NodeTable _nodes = new(nodeOptions);
    private readonly SortedDictionary<ulong, Lease> _live = [];
    private readonly Dictionary<LeaseId, Lease> _ended = [];
    private readonly Queue<LeaseId> _endedOrder = [];
    private readonly List<Lease> _queue = [];
    private readonly List<Lease> _unsavedRequests = [];
    private readonly List<Lease> _unsavedGrants = [];
    private long _lastVersion = (long)epoch << 32; // no version of an older manager comes again
    private bool _mayHaveRoom;

    /// <summary>The manager's epoch: its restarts, counted durably.</summary>
    public uint Epoch { get; } = epoch;

    /// <summary>The highest lease number given so far.</summary>
    public ulong LastLeaseId { get; private set; }

    /// <summary>The highest node number given so far.</summary>
    public uint LastNodeId => _nodes.LastId;

    /// <summary>Why nothing new can be remembered; null: it can.</summary>
    public string? StorageFault { get; private set; }

    /// <summary>Whether the cluster is being taken down.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>Whether time passing can change anything.</summary>
    public bool NeedsTicks => _live.Count > 0 || _nodes.All.Any(node => node.IsKnownToExist)
        || _ended.Values.Any(lease => lease.UsageDueAtMs is not null);

    /// <summary>Whether nothing of the cluster is left that has to be waited for when it is taken down.</summary>
    /// <remarks>
    /// Leases of a node that is lost hold its cores until their time is over, but nobody is there who could confirm their
    /// end. A node that fell silent this moment may come back, to be told to leave, until it counts as lost.
    /// </remarks>
    public bool IsQuiet => _queue.Count == 0
        && _nodes.All.All(node => node.OrderStream == 0 && (node.Holders.Count == 0 || !node.IsKnownToExist));

    /// <summary>Asks for a lease: granted at once, made to wait, or refused.</summary>
    /// <param name="ask">What is asked for.</param>
    /// <param name="secret">What client and executor will prove to know.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="effects">Receives what is to be done.</param>
    public LeaseAnswer Request(LeaseAsk ask, string secret, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (_rules.FindFault(ask) is { } fault)
        {
            return Refuse(ask, new ErrorAnswer(ErrorCode.BadRequest, fault), effects);
        }

        ask = _rules.Cut(ask);
        if (FindRefusal(ask, nowMs, effects) is { } refusal)
        {
            return Refuse(ask, refusal, effects);
        }

        var lease = new Lease(new LeaseId(++LastLeaseId), ask, secret)
        {
            Epoch = Epoch,
            State = LeaseState.Waiting,
            ExpiresAtMs = nowMs + ask.DurationMs,
            WaitsUntilMs = nowMs + ask.MaxWaitMs,
        };
        bool isBehind = IsBehindOthers(ask);
        _live.Add(lease.Id.Value, lease);
        _queue.Add(lease);
        _unsavedRequests.Add(lease);
        NoteAsked(lease, effects);
        if (isBehind || !TryGrant(lease, nowMs, effects))
        {
            Change(lease, effects, isSaved: true);
        }

        CheckInvariants();
        return Answer(lease, nowMs);
    }

    /// <summary>Extends a lease by its duration from now; a waiting one shows that its client lives.</summary>
    public LeaseAnswer Renew(LeaseId id, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (FindOrNone(id) is not { } lease)
        {
            return LeaseAnswer.Unknown(id);
        }

        AdvanceLease(lease, nowMs, effects); // a renewal that comes too late finds it ended
        if (lease.State == LeaseState.Ended)
        {
            return LeaseAnswer.Refuse(lease.EndCode, $"{id} cannot be renewed: {lease.Reason}");
        }

        lease.ExpiresAtMs = NodeOf(lease)?.EndOf(lease, nowMs) ?? (nowMs + lease.Ask.DurationMs);
        if (lease.IsGranted && NodeOf(lease) is { IsKnownToExist: true } node)
        {
            // An agent that has not heard of its start yet would take a mere renewal for that of a lease which it has lost.
            NodeOrderKind kind = lease.State == LeaseState.Starting ? NodeOrderKind.StartLease : NodeOrderKind.RenewLease;
            effects.Add(new LeaseEffect.Tell(node.Id, OrderFor(lease, node, kind)));
        }

        CheckInvariants();
        return Answer(lease, nowMs);
    }

    /// <summary>The client of a waiting lease asked about it: it lives.</summary>
    public void Touch(LeaseId id, long nowMs)
    {
        if (FindOrNone(id) is { State: LeaseState.Waiting } lease)
        {
            lease.ExpiresAtMs = nowMs + lease.Ask.DurationMs;
        }
    }

    /// <summary>Ends a lease because its owner wants no more of it. Ending it again changes nothing.</summary>
    public LeaseAnswer Release(LeaseId id, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (FindOrNone(id) is not { } lease)
        {
            return LeaseAnswer.Unknown(id);
        }

        if (lease.State != LeaseState.Ended)
        {
            End(lease, ErrorCode.LeaseReleased, "released by its owner", nowMs, effects);
        }

        FillFreeRoom(nowMs, effects);
        CheckInvariants();
        return Answer(lease, nowMs);
    }

    /// <summary>Takes a lease back, at once or after a grace in which running invocations finish.</summary>
    public LeaseAnswer Revoke(LeaseId id, RevokeAsk ask, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (ask.GraceMs < 0)
        {
            return LeaseAnswer.Refuse(
                ErrorCode.BadRequest,
                string.Create(CultureInfo.InvariantCulture, $"{id} was to be revoked with graceMs = {ask.GraceMs}; 0 or more."));
        }

        if (FindOrNone(id) is not { } lease)
        {
            return LeaseAnswer.Unknown(id);
        }

        string why = LeaseAskRules.Printable(ask.Why, 500);
        why = why.Length == 0 ? "revoked" : $"revoked: {why}";
        long graceMs = Math.Min(ask.GraceMs, (long)options.MaxGrace.TotalMilliseconds);
        if (lease.State == LeaseState.Waiting || (lease.IsGranted && graceMs == 0))
        {
            End(lease, ErrorCode.LeaseRevoked, why, nowMs, effects);
        }
        else if (lease.IsGranted && (lease.State != LeaseState.Ending || nowMs + graceMs < lease.GraceUntilMs))
        {
            BeginEnding(lease, graceMs, why, nowMs, effects);
        }

        FillFreeRoom(nowMs, effects);
        CheckInvariants();
        return Answer(lease, nowMs);
    }

    /// <summary>Lets time act: expiry, silence, graces and waits that are over, free room for those who wait.</summary>
    public void Advance(long nowMs, ICollection<LeaseEffect> effects)
    {
        foreach (Node node in _nodes.All.ToArray())
        {
            if (node.IsKnownToExist && nowMs - node.HeardAtMs >= nodeOptions.LostAfter.TotalMilliseconds)
            {
                Lose(node, nowMs, effects);
            }
        }

        foreach (Lease lease in _live.Values.ToArray())
        {
            AdvanceLease(lease, nowMs, effects);
        }

        SaveUsageDueBy(nowMs, effects);
        _mayHaveRoom |= _queue.Count > 0; // a suspect node may have spoken again
        FillFreeRoom(nowMs, effects);
        CheckInvariants();
    }

    /// <summary>The cluster is taken down: agents leave, nothing new is granted, and nobody waits any more.</summary>
    public void Leave(long nowMs, ICollection<LeaseEffect> effects)
    {
        IsLeaving = true;
        foreach (Lease lease in _queue.ToArray())
        {
            End(lease, ErrorCode.LeaseRevoked, "revoked: the cluster is being taken down", nowMs, effects);
        }

        foreach (Node node in _nodes.All.Where(node => node.IsKnownToExist))
        {
            effects.Add(new LeaseEffect.Tell(node.Id, new NodeOrder { Kind = NodeOrderKind.Leave, Epoch = Epoch }));
        }

        CheckInvariants();
    }

    /// <summary>The cluster has been taken down, or has had its time: what still lives ends now.</summary>
    public void EndAll(long nowMs, ICollection<LeaseEffect> effects)
    {
        foreach (Lease lease in _live.Values.Where(lease => lease.State != LeaseState.Ended).ToArray())
        {
            End(lease, ErrorCode.LeaseRevoked, "revoked: the cluster was taken down", nowMs, effects);
        }

        CheckInvariants();
    }

    /// <summary>The manager ends: meters that are not on disk yet go there now.</summary>
    public void SaveUsage(ICollection<LeaseEffect> effects) => SaveUsageDueBy(long.MaxValue, effects);

    /// <summary>What was to be saved is durable.</summary>
    public void StorageWorks(long nowMs, ICollection<LeaseEffect> effects)
    {
        _unsavedRequests.Clear();
        _unsavedGrants.Clear();
        if (StorageFault is not null)
        {
            StorageFault = null;
            _mayHaveRoom = true;
            FillFreeRoom(nowMs, effects);
        }
    }

    /// <summary>
    /// What was to be saved could not be: requests since the last success never were, their leases are forgotten;
    /// leases granted since then wait again. Ends stand, and are to be saved when storage works again.
    /// </summary>
    /// <returns>The leases whose StartLease must not be told, since they are not granted after all.</returns>
    public IReadOnlySet<LeaseId> StorageFails(string fault, ICollection<LeaseEffect> effects)
    {
        StorageFault = fault;
        var undone = new HashSet<LeaseId>();
        foreach (Lease lease in _unsavedRequests)
        {
            undone.Add(lease.Id);
            FreeCapacity(lease);
            _queue.Remove(lease);
            _live.Remove(lease.Id.Value);
            _ended.Remove(lease.Id);
            effects.Add(new LeaseEffect.ForgetLease(lease.Id));
            effects.Add(ChangeOf(lease));
            Refuse(lease.Ask, new ErrorAnswer(ErrorCode.StorageFailed, fault), effects);
        }

        foreach (Lease lease in _unsavedGrants.Where(lease => lease.State == LeaseState.Starting && undone.Add(lease.Id)))
        {
            FreeCapacity(lease);
            (lease.State, lease.Node, lease.NodeName, lease.BatchJob, lease.Cores, lease.MemoryBytes, lease.Group) =
                (LeaseState.Waiting, default, string.Empty, string.Empty, 0, 0, null);
            _queue.Add(lease);
            Change(lease, effects, isSaved: true);
        }

        _queue.Sort((one, other) => one.Id.Value.CompareTo(other.Id.Value)); // who waited longest is first again
        _unsavedRequests.Clear();
        _unsavedGrants.Clear();
        CheckInvariants();
        return undone;
    }

    private ErrorAnswer? FindRefusal(LeaseAsk ask, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (IsLeaving)
        {
            return new ErrorAnswer(ErrorCode.ManagerUnreachable, "The cluster is being taken down: it grants no lease.");
        }

        if (StorageFault is not null)
        {
            return new ErrorAnswer(ErrorCode.StorageFailed, StorageFault);
        }

        if (_live.Count + ask.Nodes > options.MaxCount)
        {
            return new ErrorAnswer(ErrorCode.QueueFull, string.Create(
                CultureInfo.InvariantCulture,
                $"{_live.Count} leases live or wait already, as many as this manager keeps. Try later."));
        }

        return FindImpossibility(ask) ?? FindOverLimit(ask, effects) ?? FindNoRoom(ask, nowMs);
    }

    /// <summary>Waiting would not help: no node that is there could hold it, were it empty.</summary>
    private ErrorAnswer? FindImpossibility(LeaseAsk ask)
    {
        List<Node> present = [.. _nodes.All.Where(node => node.TakesLeases)];
        int fitting = present.Count(node => LeasePlacement.IsLargeEnough(ask, node));
        if (present.Count == 0 || fitting >= ask.MinNodes() || MayBeHarvested(ask))
        {
            return null;
        }

        if (fitting > 0)
        {
            return new ErrorAnswer(ErrorCode.CapacityExhausted, string.Create(
                CultureInfo.InvariantCulture,
                $"Nodes that can ever hold {WaitingReason.WhatOfEach(ask)}: {fitting} of {present.Count}, and {ask.MinNodes()} are asked for. Ask for fewer nodes, or for less of each."));
        }

        if (ask.Kind == LeaseKind.Memory)
        {
            return new ErrorAnswer(ErrorCode.CapacityExhausted, FindImpossibleMemory(ask, present));
        }

        Node largest = present.MaxBy(node => (node.Cores, node.MemoryBytes))!;
        string memory = ask.MemoryBytes == 0 ? string.Empty : $" and {WaitingReason.Mebibytes(largest.MemoryBytes)}";
        return new ErrorAnswer(ErrorCode.CapacityExhausted, string.Create(
            CultureInfo.InvariantCulture,
            $"No node can ever hold {WaitingReason.What(ask)}: the largest, {largest}, has {largest.Cores} cores{memory}. Ask for less."));
    }

    private static string FindImpossibleMemory(LeaseAsk ask, List<Node> present)
    {
        string apart = ask.NotOn is not { Count: > 0 } others ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" beside the {others.Count} that it must not lie on");
        Node? largest = present.Where(node => !ask.Avoids(node.Id)).MaxBy(node => node.MemoryBytes);
        return largest is null
            ? $"No node can ever hold {WaitingReason.What(ask)}: there is none{apart}. Start one with `rowen agent`."
            : $"No node{apart} can ever hold {WaitingReason.What(ask)}: the largest, {largest}, has {WaitingReason.Mebibytes(largest.MemoryBytes)}. Ask for less.";
    }

    private ErrorAnswer? FindNoRoom(LeaseAsk ask, long nowMs)
    {
        bool mustWait = BindingOf(ask) is not null || IsBehindOthers(ask)
            || LeasePlacement.Find(ask, _nodes.All, nowMs, nodeOptions, _limits.MostCores(ask.User, _held)).Count == 0;
        if (!mustWait)
        {
            return null;
        }

        if (ask.MayWait && ask.MaxWaitMs > 0)
        {
            return _queue.Count < queueOptions.MaxCount ? null : new ErrorAnswer(ErrorCode.QueueFull, string.Create(
                CultureInfo.InvariantCulture, $"{_queue.Count} requests wait for capacity already. Try later."));
        }

        var asIfWaiting = new Lease(new LeaseId(LastLeaseId + 1), ask, string.Empty);
        return new ErrorAnswer(
            ErrorCode.CapacityExhausted,
            $"No room now, and the request may not wait; it {WaitingReason.Of(asIfWaiting, [.. _queue, asIfWaiting], _nodes.All, nowMs, nodeOptions, _harvest.Note)}.");
    }

    private bool CouldEverFitAnywhere(Lease lease) =>
        _nodes.All.Count(node => LeasePlacement.CouldEverFit(lease.Ask, node)) >= lease.Ask.MinNodes();

    /// <summary>Whether somebody waits before it for the same: who waits for cores keeps nobody from memory that lies idle.</summary>
    private bool IsBehindOthers(LeaseAsk ask) => _queue.Exists(lease => lease.Ask.Kind == ask.Kind && MayBlock(lease));

    /// <summary>Whether it waits for room alone: what no node could hold, or its owner may not have now, keeps nobody waiting.</summary>
    private bool MayBlock(Lease lease) => CouldEverFitAnywhere(lease) && BindingOf(lease.Ask) is null;

    /// <summary>
    /// Grants in the order of asking. Nobody overtakes who wants the same, except those whom no node present could ever hold.
    /// </summary>
    private void FillFreeRoom(long nowMs, ICollection<LeaseEffect> effects)
    {
        if (!_mayHaveRoom || StorageFault is not null || IsLeaving)
        {
            return;
        }

        _mayHaveRoom = false;
        var without = new HashSet<LeaseKind>();
        foreach (Lease lease in _queue.ToArray())
        {
            if (!without.Contains(lease.Ask.Kind) && !TryGrant(lease, nowMs, effects) && MayBlock(lease))
            {
                without.Add(lease.Ask.Kind);
            }
        }
    }

    private bool TryGrant(Lease lease, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (BindingOf(lease.Ask) is not null)
        {
            return false;
        }

        IReadOnlyList<LeasePlacement> placements =
            LeasePlacement.Find(lease.Ask, _nodes.All, nowMs, nodeOptions, _limits.MostCores(lease.Ask.User, _held));
        if (placements.Count == 0)
        {
            return false;
        }

        _queue.Remove(lease);
        _unsavedGrants.Add(lease);
        Lease[] parts = [lease, .. placements.Skip(1).Select(_ => CreatePart(lease))];
        if (parts.Length > 1)
        {
            Join(parts, lease.Secret);
        }

        foreach ((Lease part, LeasePlacement placement) in parts.Zip(placements))
        {
            Grant(part, placement, nowMs, effects);
        }

        return true;
    }

    /// <summary>A lease that nobody has asked for by itself: one more node of those that are granted together.</summary>
    private Lease CreatePart(Lease first)
    {
        var part = new Lease(new LeaseId(++LastLeaseId), first.Ask, string.Empty)
        {
            Epoch = Epoch,
            State = LeaseState.Waiting,
            WaitsUntilMs = first.WaitsUntilMs,
        };
        _live.Add(part.Id.Value, part);
        _unsavedRequests.Add(part); // without its grant, it never was
        return part;
    }

    /// <summary>Each hears of the others, and proves to know another secret: a node that serves one has no key to the rest.</summary>
    private static void Join(Lease[] parts, string secret)
    {
        LeaseId[] group = [.. parts.Select(part => part.Id)];
        foreach (Lease part in parts)
        {
            part.Group = group;
            part.Secret = Convert.ToBase64String(
                HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), BitConverter.GetBytes(part.Id.Value)));
        }
    }

    private void Grant(Lease lease, LeasePlacement placement, long nowMs, ICollection<LeaseEffect> effects)
    {
        Node node = placement.Node;
        (lease.Node, lease.NodeName, lease.Cores, lease.MemoryBytes) =
            (node.Id, node.Name, placement.Cores, placement.MemoryBytes);
        lease.State = LeaseState.Starting;
        lease.Reason = $"its executor is being prepared on {node}";
        lease.ExpiresAtMs = node.EndOf(lease, nowMs);
        lease.ReadyUntilMs = nowMs + (long)options.MaxStartTime.TotalMilliseconds;
        lease.BatchJob = node.BatchJob;
        Hold(lease, node);
        NoteGranted(lease, node, effects);
        Change(lease, effects, isSaved: true);
        effects.Add(new LeaseEffect.Tell(node.Id, OrderFor(lease, node, NodeOrderKind.StartLease)));
    }

    private void AdvanceLease(Lease lease, long nowMs, ICollection<LeaseEffect> effects)
    {
        switch (lease.State)
        {
            case LeaseState.Waiting when nowMs >= lease.WaitsUntilMs:
                End(lease, ErrorCode.WaitedTooLong, $"it waited as long as it may, and still {ReasonOf(lease, nowMs)}", nowMs, effects);
                break;
            case LeaseState.Waiting when nowMs >= lease.ExpiresAtMs:
                End(lease, ErrorCode.LeaseExpired, "its client did not ask for it any more while it waited", nowMs, effects);
                break;
            case LeaseState.Starting or LeaseState.Active or LeaseState.Ending when nowMs >= lease.ExpiresAtMs:
                End(lease, ErrorCode.LeaseExpired, string.Create(
                    CultureInfo.InvariantCulture, $"not renewed for {lease.Ask.DurationMs} ms"), nowMs, effects);
                break;
            case LeaseState.Starting when nowMs >= lease.ReadyUntilMs:
                End(lease, ErrorCode.PeerLost, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{lease.NodeName} ({lease.Node}) prepared no executor within {options.MaxStartTime.TotalSeconds} s; its agent's log says more"),
                    nowMs, effects);
                break;
            case LeaseState.Ending when nowMs >= lease.GraceUntilMs:
                End(lease, ErrorCode.LeaseRevoked, lease.Reason, nowMs, effects);
                break;
            case LeaseState.Ended when nowMs >= lease.HoldsUntilMs:
                FreeCapacity(lease);
                Retire(lease, effects);
                break;
            default:
                break;
        }
    }

    private void BeginEnding(Lease lease, long graceMs, string why, long nowMs, ICollection<LeaseEffect> effects)
    {
        lease.State = LeaseState.Ending;
        lease.Reason = why;
        lease.GraceMs = graceMs;
        lease.GraceUntilMs = nowMs + graceMs;
        Change(lease, effects, isSaved: true);
        TellEnd(lease, nowMs, effects);
    }

    /// <summary>
    /// A lease is over for its client. Its cores come free when the agent confirms, at the latest a margin after its time.
    /// </summary>
    private void End(Lease lease, ErrorCode code, string why, long nowMs, ICollection<LeaseEffect> effects)
    {
        bool wasWaiting = lease.State == LeaseState.Waiting;
        lease.State = LeaseState.Ended;
        lease.EndCode = code;
        lease.Reason = why;
        lease.Secret = string.Empty;
        lease.Addresses = [];
        if (wasWaiting)
        {
            _queue.Remove(lease);
            _mayHaveRoom = true; // for those behind it
        }
        else
        {
            lease.HoldsUntilMs = Math.Max(nowMs, lease.ExpiresAtMs) + (long)options.Margin.TotalMilliseconds;
        }

        if (lease.HoldsCapacity)
        {
            TellEnd(lease, nowMs, effects); // otherwise it was the agent who told us
        }

        NoteEnded(lease, effects);
        Change(lease, effects, isSaved: true);
        TellGroup(lease, effects);
        if (!lease.HoldsCapacity)
        {
            Retire(lease, effects);
        }
    }

    /// <summary>Who watches another part hears of an end that the owner did not want; of one that starts still, something is heard soon anyway.</summary>
    private void TellGroup(Lease ended, ICollection<LeaseEffect> effects)
    {
        if (ended.Group is null || ended.EndCode is ErrorCode.LeaseReleased or ErrorCode.LeaseExpired)
        {
            return;
        }

        foreach (Lease other in ended.Group.Select(FindOrNone).OfType<Lease>().Where(other => other.State is LeaseState.Active or LeaseState.Ending))
        {
            Change(other, effects, isSaved: false);
        }
    }

    private void FreeCapacity(Lease lease)
    {
        if (lease.HoldsCapacity)
        {
            lease.HoldsCapacity = false;
            NodeOf(lease)?.Free(lease);
            _held.Remove(lease.Ask, lease.Cores, lease.MemoryBytes);
            _mayHaveRoom = true;
        }
    }

    /// <summary>Nothing of the lease is left but the memory of it.</summary>
    private void Retire(Lease lease, ICollection<LeaseEffect> effects)
    {
        if (!_live.Remove(lease.Id.Value))
        {
            return;
        }

        _ended.Add(lease.Id, lease);
        _endedOrder.Enqueue(lease.Id);
        ForgetOldest(effects);
    }

    private void ForgetOldest(ICollection<LeaseEffect> effects)
    {
        while (_endedOrder.Count > options.MaxEndedCount)
        {
            LeaseId oldest = _endedOrder.Dequeue();
            if (_ended.Remove(oldest))
            {
                effects.Add(new LeaseEffect.ForgetLease(oldest));
            }
        }
    }

    private void TellEnd(Lease lease, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (NodeOf(lease) is { IsKnownToExist: true } node)
        {
            effects.Add(new LeaseEffect.Tell(node.Id, EndOrder(lease, nowMs)));
        }
    }

    private NodeOrder EndOrder(Lease lease, long nowMs) => new()
    {
        Kind = NodeOrderKind.EndLease,
        Epoch = Epoch,
        Lease = lease.Id,
        GraceMs = lease.State == LeaseState.Ending ? Math.Max(0, lease.GraceUntilMs - nowMs) : 0,
        Code = lease.State == LeaseState.Ending ? ErrorCode.LeaseRevoked : lease.EndCode,
        Why = lease.Reason,
    };

    private NodeOrder OrderFor(Lease lease, Node node, NodeOrderKind kind)
    {
        var order = new NodeOrder
        {
            Kind = kind,
            Epoch = Epoch,
            Lease = lease.Id,
            EndsAtAgentMs = lease.ExpiresAtMs + node.AgentClockOffsetMs,
        };
        return kind != NodeOrderKind.StartLease ? order : order with
        {
            LeaseKind = lease.Ask.Kind,
            Cores = lease.Cores,
            MemoryBytes = lease.MemoryBytes,
            SlotCount = lease.Ask.SlotCount,
            SlotBytes = lease.Ask.SlotBytes,
            HotWindowUs = lease.Ask.HotWindowUs,
            Secret = lease.Secret,
            Package = lease.Ask.Package,
        };
    }

    private void Change(Lease lease, ICollection<LeaseEffect> effects, bool isSaved)
    {
        lease.Version = ++_lastVersion;
        if (isSaved)
        {
            lease.UsageDueAtMs = null; // the meters are part of the record
            effects.Add(new LeaseEffect.SaveLease(lease.ToRecord()));
        }

        effects.Add(ChangeOf(lease));
    }

    private static LeaseEffect.Changed ChangeOf(Lease lease) => new(lease.Id, lease.State, lease.EndCode, lease.Reason);

    private void SaveUsageDueBy(long nowMs, ICollection<LeaseEffect> effects)
    {
        foreach (Lease lease in _live.Values.Concat(_ended.Values))
        {
            if (lease.UsageDueAtMs is { } dueAt && nowMs >= dueAt)
            {
                lease.UsageDueAtMs = null;
                effects.Add(new LeaseEffect.SaveLease(lease.ToRecord()));
            }
        }
    }

    private Node? NodeOf(Lease lease) => _nodes.FindOrNone(lease.Node);

    private Lease? FindOrNone(LeaseId id) =>
        _live.TryGetValue(id.Value, out Lease? lease) ? lease : _ended.GetValueOrDefault(id);

    private LeaseAnswer Answer(Lease lease, long nowMs) => new(ViewOf(lease, nowMs), null);

    [Conditional("DEBUG")]
    private void CheckInvariants() => Debug.Assert(FindImbalance() is null, FindImbalance());
}
