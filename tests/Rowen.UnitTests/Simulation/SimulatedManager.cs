using System.Globalization;
using Rowen.Fabric.Simulated;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.UnitTests.Simulation;

/// <summary>The real <see cref="LeaseTable"/> behind a loop that decides, saves, then answers; only the journal survives a crash.</summary>
internal sealed class SimulatedManager
{
    private const int TickMs = 250; // LoopOptions.TickPeriod
    private const int HeartbeatMs = 1000;

    private readonly ControlPlaneSimulation _simulation;
    private readonly SortedDictionary<ulong, LeaseRecord> _savedLeases = [];
    private readonly SortedDictionary<uint, NodeRecord> _savedNodes = [];
    private readonly Dictionary<NodeId, SimulatedOrders> _streams = [];
    private readonly List<(Action Decide, Action Complete)> _calls = [];
    private readonly List<LeaseEffect> _effects = [];
    private readonly HashSet<(NodeId Node, LeaseId Lease)> _begun = [];
    private LeaseTable _table = null!;
    private uint _epoch;
    private ulong _lastLeaseId;
    private uint _lastNodeId;
    private TimeSpan _startedAt;
    private bool _isSaving;
    private bool _isWritten;

    public SimulatedManager(ControlPlaneSimulation simulation, SimulatedHost host)
    {
        _simulation = simulation;
        Host = host;
        Start();
    }

    public SimulatedHost Host { get; }

    /// <summary>When it was started the last time, in true time.</summary>
    public TimeSpan StartedAt { get; private set; }

    public LeaseTable Table => _table;

    public long NowMs => (Host.Clock - _startedAt).Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>When each node was heard the last time, by this manager's clock.</summary>
    public Dictionary<NodeId, long> HeardAtMs { get; } = [];

    /// <summary>When each lease was granted or renewed the last time, in true time and across restarts.</summary>
    public Dictionary<LeaseId, TimeSpan> RenewedAt { get; } = [];

    public IEnumerable<LeaseId> Saved => _savedLeases.Keys.Select(id => new LeaseId(id));

    public void Crash()
    {
        if (_isSaving && !_isWritten && _simulation.Random.Next(2) == 0)
        {
            Write(); // the disk had it already, nobody heard
        }

        Host.Crash();
        _simulation.Calls.Reset(Host);
        foreach (SimulatedOrders stream in _streams.Values)
        {
            stream.Kill();
        }

        _streams.Clear();
        _calls.Clear();
        _effects.Clear();
    }

    public void Start()
    {
        _epoch++;
        _startedAt = Host.Clock;
        StartedAt = _simulation.Network.Now;
        _isSaving = false;
        HeardAtMs.Clear();
        _table = new LeaseTable(
            new LeaseOptions { Margin = _simulation.Options.Margin, MaxEndedCount = 100_000 }, new QueueOptions(), new NodeOptions(), _epoch);
        _table.RestoreNumbers(_lastLeaseId, _lastNodeId);
        foreach (NodeRecord node in _savedNodes.Values)
        {
            _table.Restore(node, 0);
            HeardAtMs[node.Id] = 0;
        }

        foreach (LeaseRecord lease in _savedLeases.Values)
        {
            _table.Restore(lease, 0);
            RenewedAt.TryAdd(lease.Id, StartedAt); // granted as the manager died: nobody has heard of it
        }

        _table.FinishRestoring(0, _effects);
        Decide(() => { }, () => { });
        Tick();
        Heartbeat();
    }

    public void Join(SimulatedAgent agent, NodeJoin join, Action<(NodeWelcome?, ErrorAnswer?)> answer)
    {
        (NodeWelcome? Welcome, ErrorAnswer? Error) result = default;
        Decide(
            () =>
            {
                result = _table.Join(join, NowMs, _effects);
                if (result.Welcome is { } welcome)
                {
                    _simulation.Belongs(welcome.Node, agent, join.Instance);
                    HeardAtMs[welcome.Node] = NowMs;
                }
            },
            () => answer(result));
    }

    public void Report(NodeId node, NodeReport report, Action<bool> answer)
    {
        bool isKnown = false;
        Decide(
            () =>
            {
                foreach (NodeEvent happened in report.Events)
                {
                    _simulation.CheckEvent(node, happened);
                }

                isKnown = _table.Report(node, report, NowMs, _effects);
                if (isKnown)
                {
                    HeardAtMs[node] = NowMs;
                }
            },
            () => answer(isKnown));
    }

    public void OpenOrders(NodeId node, SimulatedAgent agent, Action<SimulatedOrders?> answer)
    {
        SimulatedOrders? opened = null;
        Decide(
            () =>
            {
                long number = _table.OpenOrders(node, NowMs, _effects);
                if (number != 0)
                {
                    opened = new SimulatedOrders(_simulation.Network, Host, agent.Host, number);
                    if (_streams.Remove(node, out SimulatedOrders? older))
                    {
                        older.Kill();
                    }

                    _streams.Add(node, opened);
                    answer(opened); // the answer's head goes before its first order
                }
            },
            () =>
            {
                if (opened is null)
                {
                    answer(null);
                }
            });
    }

    public void CloseOrders(NodeId node, SimulatedOrders stream) => Decide(
        () =>
        {
            _table.CloseOrders(node, stream.Number, NowMs, _effects);
            if (_streams.TryGetValue(node, out SimulatedOrders? current) && current == stream)
            {
                _streams.Remove(node);
            }
        },
        () => { });

    public void Request(LeaseAsk ask, Action<LeaseAnswer> answer)
    {
        LeaseAnswer result = default;
        Decide(
            () =>
            {
                result = _table.Request(ask, "secret", NowMs, _effects);
                if (result.View is { } view)
                {
                    RenewedAt[view.Id] = _simulation.Network.Now;
                    _simulation.Requested(view);
                }
            },
            () => answer(result));
    }

    public void Renew(LeaseId lease, Action<LeaseAnswer> answer)
    {
        LeaseAnswer result = default;
        Decide(
            () =>
            {
                result = _table.Renew(lease, NowMs, _effects);
                if (result.View is not null)
                {
                    RenewedAt[lease] = _simulation.Network.Now;
                }
            },
            () => answer(result));
    }

    public void Find(LeaseId lease, Action<LeaseAnswer> answer)
    {
        LeaseAnswer result = default;
        Decide(
            () =>
            {
                _table.Touch(lease, NowMs);
                result = _table.Find(lease, NowMs);
                if (result.View is { State: LeaseState.Waiting })
                {
                    RenewedAt[lease] = _simulation.Network.Now;
                }
            },
            () => answer(result));
    }

    public void Release(LeaseId lease, Action<LeaseAnswer> answer)
    {
        LeaseAnswer result = default;
        Decide(() => result = _table.Release(lease, NowMs, _effects), () => answer(result));
    }

    public void Revoke(LeaseId lease, RevokeAsk ask) => Decide(() => _table.Revoke(lease, ask, NowMs, _effects), () => { });

    private void Tick()
    {
        Decide(() => _table.Advance(NowMs, _effects), () => { });
        _simulation.Network.After(TimeSpan.FromMilliseconds(TickMs), Host, Tick);
    }

    private void Heartbeat()
    {
        foreach (SimulatedOrders stream in _streams.Values)
        {
            stream.Tell(new NodeOrder { Epoch = _epoch });
        }

        _simulation.Network.After(TimeSpan.FromMilliseconds(HeartbeatMs), Host, Heartbeat);
    }

    /// <summary>One call. While a commit is under way calls gather, as in the manager's loop.</summary>
    private void Decide(Action decide, Action complete)
    {
        _calls.Add((decide, complete));
        if (!_isSaving)
        {
            RunBatch();
        }
    }

    private void RunBatch()
    {
        (Action Decide, Action Complete)[] batch = [.. _calls];
        _calls.Clear();
        foreach ((Action decide, _) in batch)
        {
            decide();
        }

        if (_table.FindImbalance() is { } imbalance)
        {
            throw _simulation.Fail($"the manager's books do not balance: {imbalance}");
        }

        bool hasNothingToSave = !_effects.Exists(IsSaving);
        _isSaving = true;
        _isWritten = false;
        if (hasNothingToSave)
        {
            Finish(batch);
            return;
        }

        if (_simulation.Options.AnswersBeforeSaving)
        {
            Array.ForEach(batch, each => each.Complete());
            batch = [];
        }

        TimeSpan commit = TimeSpan.FromMilliseconds(1 + (9 * _simulation.Random.NextDouble()));
        _simulation.Network.After(commit, Host, () => Finish(batch));
    }

    private void Finish((Action Decide, Action Complete)[] batch)
    {
        Write();
        int saved = _effects.Count;
        _table.StorageWorks(NowMs, _effects);
        if (_effects.Count > saved)
        {
            Write(); // what came free only now is durable as well before anybody hears of it
        }

        LeaseEffect[] effects = [.. _effects];
        _effects.Clear();
        Array.ForEach(effects, Perform);
        Array.ForEach(batch, each => each.Complete());
        _isSaving = false;
        if (_calls.Count > 0)
        {
            RunBatch();
        }
    }

    private void Write()
    {
        _isWritten = true;
        _lastLeaseId = Math.Max(_lastLeaseId, _table.LastLeaseId);
        _lastNodeId = Math.Max(_lastNodeId, _table.LastNodeId);
        foreach (LeaseEffect effect in _effects)
        {
            switch (effect)
            {
                case LeaseEffect.SaveLease save:
                    _savedLeases[save.Lease.Id.Value] = save.Lease;
                    break;
                case LeaseEffect.ForgetLease forget:
                    _savedLeases.Remove(forget.Lease.Value);
                    break;
                case LeaseEffect.SaveNode save:
                    _savedNodes[save.Node.Id.Value] = save.Node;
                    break;
                case LeaseEffect.ForgetNode forget:
                    _savedNodes.Remove(forget.Node.Value);
                    break;
                default:
                    break;
            }
        }
    }

    private void Perform(LeaseEffect effect)
    {
        switch (effect)
        {
            case LeaseEffect.Tell tell:
                Perform(tell);
                break;
            case LeaseEffect.Changed { State: LeaseState.Ended } ended:
                _simulation.Log($"manager: {ended.Lease} ended, {ended.Code}: {ended.Reason}");
                _simulation.CheckEnd(ended);
                break;
            case LeaseEffect.Changed changed:
                if (changed.State == LeaseState.Starting)
                {
                    RenewedAt[changed.Lease] = _simulation.Network.Now;
                }

                _simulation.Log($"manager: {changed.Lease} is {changed.State}");
                break;
            case LeaseEffect.NodeChanged node:
                _simulation.Log($"manager: {node.Node} ({node.Name}) is {node.State}");
                break;
            default:
                break;
        }
    }

    private void Perform(LeaseEffect.Tell tell)
    {
        _simulation.Log(string.Create(CultureInfo.InvariantCulture, $"manager tells {tell.Node}: {tell.Order} until {tell.Order.EndsAtAgentMs}"));
        if (tell.Order.Kind == NodeOrderKind.StartLease && _begun.Add((tell.Node, tell.Order.Lease)))
        {
            _simulation.CheckGrant(tell.Node, tell.Order);
        }

        if (_streams.TryGetValue(tell.Node, out SimulatedOrders? stream))
        {
            stream.Tell(tell.Order);
        }
    }

    private static bool IsSaving(LeaseEffect effect) =>
        effect is LeaseEffect.SaveLease or LeaseEffect.ForgetLease or LeaseEffect.SaveNode or LeaseEffect.ForgetNode;
}
