using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;
using Rowen.ResourceManager.Accounting;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Leases;

/// <content>What agents say.</content>
internal sealed partial class LeaseTable
{
    /// <summary>An agent offers its node, for the first time or again.</summary>
    /// <returns>Its number, or why not.</returns>
    public (NodeWelcome? Welcome, ErrorAnswer? Error) Join(NodeJoin join, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (IsLeaving && !_nodes.Knows(join.Instance)) // one that is known hears with its orders that it is to leave
        {
            return (null, new ErrorAnswer(ErrorCode.ManagerUnreachable, "The cluster is being taken down: it takes no node."));
        }

        if (_nodes.IsFull && !_nodes.Knows(join.Instance))
        {
            return (null, new ErrorAnswer(
                ErrorCode.QueueFull, "The manager has as many nodes as it takes: see the option Nodes:MaxCount."));
        }

        bool isNew = !_nodes.Knows(join.Instance);
        Node node = _nodes.Join(join, nowMs, effects);
        if (isNew)
        {
            NoteNode(node, AuditEvent.NodeJoined, $"{node} with {WaitingReason.What(new LeaseAsk { Cores = node.Cores, MemoryBytes = node.MemoryBytes })}", effects);
        }

        Reattach(node, join.Serving, nowMs, effects);
        FillFreeRoom(nowMs, effects);
        CheckInvariants();
        return (new NodeWelcome(node.Id, Epoch), null);
    }

    /// <summary>An agent reports. Returns false if it must join (again) first.</summary>
    public bool Report(NodeId id, NodeReport report, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (_nodes.FindOrNone(id) is not { Presence: NodePresence.Present } node)
        {
            return false;
        }

        node.Hear(report.AgentClockMs, nowMs);
        node.MemorySlowDown = report.MemorySlowDown;
        if (node.IsDraining != report.IsDraining)
        {
            node.IsDraining = report.IsDraining;
            effects.Add(new LeaseEffect.NodeChanged(node.Id, node.Name, report.IsDraining ? "draining" : "up"));
        }

        foreach (LeaseUsage usage in report.Usage)
        {
            TakeUsage(node, usage, nowMs); // before the events: a lease's end is saved with its last meters
        }

        foreach (NodeEvent happened in report.Events)
        {
            Take(node, happened, nowMs, effects);
        }

        if (report.IsLast)
        {
            node.IsDraining = true;
            Lose(node, nowMs, effects);
        }

        FillFreeRoom(nowMs, effects);
        CheckInvariants();
        return true;
    }

    /// <summary>An agent listens for orders: it gets all that stand, since it may have missed any.</summary>
    /// <returns>Number of this stream; zero if the agent must join first.</returns>
    public long OpenOrders(NodeId id, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (_nodes.FindOrNone(id) is not { Presence: NodePresence.Present } node)
        {
            return 0;
        }

        long stream = _nodes.OpenStream(node);
        foreach (LeaseId stray in node.Strays)
        {
            effects.Add(new LeaseEffect.Tell(node.Id, StrayOrder(stray)));
        }

        foreach (Lease lease in node.Holders.Values.OrderBy(lease => lease.Id.Value).ToArray())
        {
            TellAgain(lease, node, nowMs, effects);
        }

        if (IsLeaving)
        {
            effects.Add(new LeaseEffect.Tell(node.Id, new NodeOrder { Kind = NodeOrderKind.Leave, Epoch = Epoch }));
        }
        else if (node.IsSentAway)
        {
            effects.Add(new LeaseEffect.Tell(node.Id, LeaveOrder(graceMs: 0, "it was told so before")));
        }

        _mayHaveRoom = true;
        FillFreeRoom(nowMs, effects);
        CheckInvariants();
        return stream;
    }

    /// <summary>A stream of orders ended; nothing happens if the agent has opened another since.</summary>
    public void CloseOrders(NodeId id, long stream, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (_nodes.FindOrNone(id) is not { } node || node.OrderStream != stream)
        {
            return;
        }

        node.OrderStream = 0;
        if (node.IsDraining && node.Holders.Values.All(lease => lease.State == LeaseState.Ended))
        {
            Lose(node, nowMs, effects);
        }

        CheckInvariants();
    }

    /// <summary>Takes a record of an older manager: before the first other call.</summary>
    public void Restore(NodeRecord record, long nowMs) => _nodes.Restore(record, nowMs);

    /// <summary>Takes the highest numbers that an older manager gave: before the first other call.</summary>
    public void RestoreNumbers(ulong lastLeaseId, uint lastNodeId)
    {
        LastLeaseId = Math.Max(LastLeaseId, lastLeaseId);
        _nodes.RestoreLastId(lastNodeId);
    }

    /// <summary>Takes a record of an older manager, after all nodes and in the order of lease numbers.</summary>
    /// <remarks>
    /// A living lease gets its full duration again: its client could not renew while no manager was there. If its node
    /// does not join again before it counts as lost, the lease ends then.
    /// </remarks>
    public void Restore(LeaseRecord record, long nowMs)
    {
        LastLeaseId = Math.Max(LastLeaseId, record.Id.Value);
        var lease = new Lease(record.Id, record.Ask, record.Secret)
        {
            Epoch = record.State == LeaseState.Ended ? record.Epoch : Epoch,
            State = record.State,
            Version = ++_lastVersion,
            Node = record.Node,
            NodeName = record.NodeName,
            BatchJob = record.BatchJob,
            Group = record.Group,
            Cores = record.Cores,
            MemoryBytes = record.MemoryBytes,
            ExpiresAtMs = nowMs + record.Ask.DurationMs,
            WaitsUntilMs = nowMs + record.Ask.MaxWaitMs,
            ReadyUntilMs = nowMs + (long)options.MaxStartTime.TotalMilliseconds,
            GraceMs = record.GraceMs,
            GraceUntilMs = nowMs + record.GraceMs,
            EndCode = record.EndCode,
            Reason = record.Reason,
            Used = record.Used ?? new LeaseUsage { Lease = record.Id },
        };
        if (lease.State == LeaseState.Ended)
        {
            _ended.Add(lease.Id, lease);
            _endedOrder.Enqueue(lease.Id);
            return;
        }

        _live.Add(lease.Id.Value, lease);
        if (lease.State == LeaseState.Waiting)
        {
            _queue.Add(lease);
        }
        else if (NodeOf(lease) is { } node)
        {
            Hold(lease, node);
        }
    }

    /// <summary>All records are restored: ends what is on a node of which nothing is known, since it could never be reached.</summary>
    public void FinishRestoring(long nowMs, ICollection<LeaseEffect> effects)
    {
        foreach (Lease lease in _live.Values.Where(lease => lease.IsGranted && NodeOf(lease) is null).ToArray())
        {
            End(lease, ErrorCode.PeerLost, $"its node {lease.Node} is not known any more", nowMs, effects);
        }

        ForgetOldest(effects); // fewer may be kept than by the manager before us

        CheckInvariants();
    }

    /// <summary>Sets what an agent says it serves beside what stands here.</summary>
    private void Reattach(Node node, IReadOnlyList<ServedLease> serving, long nowMs, ICollection<LeaseEffect> effects)
    {
        var served = serving.Select(lease => lease.Lease).ToHashSet();
        node.Strays.Clear();
        foreach (Lease ended in node.Holders.Values
            .Where(lease => lease.State == LeaseState.Ended && !served.Contains(lease.Id)).ToArray())
        {
            FreeCapacity(ended); // not served any more: that confirms the end
            Retire(ended, effects);
        }

        foreach (ServedLease one in serving)
        {
            Lease? lease = FindOrNone(one.Lease);
            if (lease is null || lease.Node != node.Id)
            {
                node.Strays.Add(one.Lease);
            }
            else if (lease.State == LeaseState.Ended)
            {
                HoldAgain(lease, node, nowMs);
            }
            else if (one.Addresses.Count > 0)
            {
                Ready(lease, one.Addresses, effects);
            }
        }
    }

    /// <summary>A lease that ended long ago is served still: its cores are not free until the agent has ended it too.</summary>
    private void HoldAgain(Lease lease, Node node, long nowMs)
    {
        if (lease.HoldsCapacity)
        {
            return;
        }

        lease.HoldsUntilMs = nowMs + lease.Ask.DurationMs + (long)options.Margin.TotalMilliseconds;
        Hold(lease, node);
        if (_ended.Remove(lease.Id))
        {
            _live.Add(lease.Id.Value, lease);
        }
    }

    private void Take(Node node, NodeEvent happened, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (happened.HasEnded && node.Strays.Remove(happened.Lease))
        {
            _mayHaveRoom = true;
        }

        if (FindOrNone(happened.Lease) is not { } lease || lease.Node != node.Id)
        {
            return;
        }

        if (happened.HasEnded)
        {
            TakeEnd(lease, happened, nowMs, effects);
        }
        else if (happened.Addresses.Count > 0)
        {
            Ready(lease, happened.Addresses, effects);
        }
    }

    private void Ready(Lease lease, IReadOnlyList<string> addresses, ICollection<LeaseEffect> effects)
    {
        if (!lease.IsGranted)
        {
            return;
        }

        lease.Addresses = addresses;
        if (lease.State == LeaseState.Starting)
        {
            lease.State = LeaseState.Active;
            lease.Reason = string.Empty;
            Change(lease, effects, isSaved: false); // costs no fsync: after a restart the agent says it again
        }
    }

    private void TakeEnd(Lease lease, NodeEvent happened, long nowMs, ICollection<LeaseEffect> effects)
    {
        FreeCapacity(lease);
        if (lease.State == LeaseState.Ended)
        {
            Retire(lease, effects);
            return;
        }

        bool wasRevoked = lease.State == LeaseState.Ending
            && happened.Code is ErrorCode.None or ErrorCode.LeaseEnded or ErrorCode.LeaseRevoked;
        ErrorCode code = wasRevoked ? ErrorCode.LeaseRevoked
            : happened.Code == ErrorCode.None ? ErrorCode.LeaseEnded : happened.Code;
        string why = wasRevoked ? lease.Reason : LeaseAskRules.Printable(happened.Why, MaxWhyLength);
        End(lease, code, why.Length == 0 ? $"{NodeOf(lease)} ended it without a word" : why, nowMs, effects);
    }

    private void TellAgain(Lease lease, Node node, long nowMs, ICollection<LeaseEffect> effects)
    {
        if (lease.State is LeaseState.Starting or LeaseState.Active)
        {
            effects.Add(new LeaseEffect.Tell(node.Id, OrderFor(lease, node, NodeOrderKind.StartLease)));
        }

        if (lease.State is LeaseState.Active or LeaseState.Ending)
        {
            effects.Add(new LeaseEffect.Tell(node.Id, OrderFor(lease, node, NodeOrderKind.RenewLease)));
        }

        if (lease.State is LeaseState.Ending or LeaseState.Ended)
        {
            effects.Add(new LeaseEffect.Tell(node.Id, EndOrder(lease, nowMs)));
        }
    }

    private NodeOrder StrayOrder(LeaseId stray) => new()
    {
        Kind = NodeOrderKind.EndLease,
        Epoch = Epoch,
        Lease = stray,
        Code = ErrorCode.UnknownLease,
        Why = "the manager does not know this lease",
    };

    /// <summary>A node is silent for too long, or has drained and left: what it served is over.</summary>
    private void Lose(Node node, long nowMs, ICollection<LeaseEffect> effects)
    {
        bool hasLeft = node.IsDraining;
        string why = hasLeft ? $"{node} drained and left" : node.Presence == NodePresence.Recovering
            ? $"{node} did not come back after the manager's restart"
            : $"{node} is lost: its agent is silent";
        _nodes.Leave(node, hasLeft ? NodePresence.Gone : NodePresence.Lost, effects);
        NoteNode(node, AuditEvent.NodeLeft, why, effects);
        foreach (Lease lease in node.Holders.Values.OrderBy(lease => lease.Id.Value)
            .Where(lease => lease.State != LeaseState.Ended).ToArray())
        {
            End(lease, hasLeft ? ErrorCode.LeaseRevoked : ErrorCode.PeerLost, why, nowMs, effects);
        }
    }

    private void TakeUsage(Node node, LeaseUsage usage, long nowMs)
    {
        if (FindOrNone(usage.Lease) is not { } lease || lease.Node != node.Id)
        {
            return;
        }

        LeaseUsage known = lease.Used;
        lease.Used = known.RaisedTo(usage);
        if (lease.Used != known)
        {
            long dueAt = nowMs + (lease.State == LeaseState.Ended ? LastUsageDelayMs : UsagePeriodMs);
            lease.UsageDueAtMs = Math.Min(lease.UsageDueAtMs ?? long.MaxValue, dueAt);
        }
    }
}
