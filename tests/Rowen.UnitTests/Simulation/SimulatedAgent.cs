using System.Globalization;
using Rowen.Executor;
using Rowen.Fabric.Simulated;
using Rowen.NodeAgent;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.UnitTests.Simulation;

/// <summary>The real <see cref="AgentState"/>, its link to the manager, and executors that take their time and die.</summary>
internal sealed class SimulatedAgent
{
    public const long MemoryBytes = 16L << 30;
    private static readonly TimeSpan ReportPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    private readonly ControlPlaneSimulation _simulation;
    private readonly int _coreCount;
    private readonly Dictionary<ExecutorNumber, SimulatedExecutor> _executors = [];
    private readonly List<AgentEffect> _effects = [];
    private AgentState _state = null!;
    private string _instance = string.Empty;
    private SimulatedOrders? _orders;
    private NodeId _node;
    private TimeSpan _heardAt;
    private long _timerDueMs;
    private int _conversation;
    private int _starts;
    private bool _wantsReport;
    private bool _isReporting;

    public SimulatedAgent(ControlPlaneSimulation simulation, SimulatedHost host, int coreCount)
    {
        _simulation = simulation;
        _coreCount = coreCount;
        Host = host;
        Start();
    }

    public SimulatedHost Host { get; }

    public string Instance => _instance;

    public IReadOnlyCollection<SimulatedExecutor> Executors => _executors.Values;

    public int CoreCount => _coreCount;

    public IEnumerable<LeaseId> Serving => _state.Serving;

    /// <summary>It drains, or is gone for good.</summary>
    public bool IsLeaving { get; private set; }

    private SimulatedNetwork Network => _simulation.Network;

    public void Crash()
    {
        _simulation.Calls.Reset(Host);
        Host.Crash();
        _executors.Clear(); // they die with their agent
        if (_orders is { } orders)
        {
            orders.Kill();
            NodeId node = _node;
            Network.Send(_simulation.Anywhere, _simulation.Manager.Host, () => _simulation.Manager.CloseOrders(node, orders));
        }
    }

    public void Start()
    {
        _instance = string.Create(CultureInfo.InvariantCulture, $"{Host.Name}-{++_starts}");
        _state = new AgentState(new AgentOptions(), Host.Name, [.. Enumerable.Range(0, _coreCount)], MemoryBytes);
        _orders = null;
        _node = default;
        _timerDueMs = long.MaxValue;
        _isReporting = false;
        Pump();
        Converse(TimeSpan.FromMilliseconds(10));
        WatchSilence();
    }

    /// <summary>Drains, says that it leaves, and is gone: as an agent whose node a batch job wants.</summary>
    public void Leave()
    {
        IsLeaving = true;
        _simulation.Log($"{_instance} leaves");
        _simulation.ExcuseAllOn(_node);
        _state.Drain(graceMs: 100, "a batch job wants the node", Host.ClockMs, _effects, isUrgent: true);
        Pump();
    }

    /// <summary>Kills one executor, as a function that crashes would.</summary>
    public void CrashExecutor()
    {
        if (_executors.Count > 0)
        {
            SimulatedExecutor victim = _executors.Values.ElementAt(_simulation.Random.Next(_executors.Count));
            _simulation.Log($"{Host}: {victim.Number} crashes");
            _simulation.Excuse(victim.Assignment?.Lease);
            End(victim, ErrorCode.ExecutorCrashed, "it crashed");
        }
    }

    /// <summary>Whether an executor would take an invocation now, by its own clock.</summary>
    public bool IsServing(SimulatedExecutor executor) =>
        executor.Term is { } term && term.RefusalOrNone(Host.Clock.Ticks * 100) is null;

    private void Converse(TimeSpan delay)
    {
        int conversation = ++_conversation;
        if (_orders is { } old)
        {
            old.Kill();
            NodeId node = _node;
            Network.Send(Host, _simulation.Manager.Host, () => _simulation.Manager.CloseOrders(node, old));
            _orders = null;
        }

        _isReporting = false;
        Network.After(delay, Host, () => Join(conversation));
    }

    private void Break(int conversation)
    {
        if (conversation == _conversation)
        {
            Converse(TimeSpan.FromMilliseconds(25 + _simulation.Random.Next(500)));
        }
    }

    private void Join(int conversation)
    {
        if (conversation != _conversation)
        {
            return;
        }

        var join = new NodeJoin
        {
            Instance = _instance,
            Name = Host.Name,
            Cores = _coreCount,
            MemoryBytes = MemoryBytes,
            AgentClockMs = Host.ClockMs,
            Serving = _state.DescribeServed(),
        };
        _simulation.Log($"{_instance} joins, serving {string.Join(", ", join.Serving.Select(lease => lease.Lease))}");
        _simulation.Calls.Ask<(NodeWelcome? Welcome, ErrorAnswer? Error)>(
            Host,
            _simulation.Manager.Host,
            answer => _simulation.Manager.Join(this, join, answer),
            answer => Welcomed(answer.Welcome, conversation),
            _ => Break(conversation));
    }

    private void Welcomed(NodeWelcome? welcome, int conversation)
    {
        if (conversation != _conversation)
        {
            return;
        }

        if (welcome is null)
        {
            Break(conversation);
            return;
        }

        _state.TryWelcome(welcome);
        _node = welcome.Node;
        _heardAt = Network.Now;
        _wantsReport = true;
        _simulation.Calls.Ask<SimulatedOrders?>(
            Host,
            _simulation.Manager.Host,
            answer => _simulation.Manager.OpenOrders(welcome.Node, this, opened => Opened(opened, conversation, answer)),
            _ => { },
            _ => Break(conversation));
        Report(conversation);
    }

    /// <summary>Still at the manager: orders follow the answer's head on the same socket.</summary>
    private void Opened(SimulatedOrders? opened, int conversation, Action<SimulatedOrders?> answer)
    {
        if (opened is null)
        {
            Network.Send(_simulation.Manager.Host, Host, () => Break(conversation));
            return;
        }

        answer(opened);
        opened.OnOrder = order =>
        {
            if (conversation == _conversation)
            {
                _orders = opened;
                Obey(order);
            }
            else
            {
                opened.Kill();
            }
        };
    }

    private void Obey(NodeOrder order)
    {
        _heardAt = Network.Now;
        if (order.Kind == NodeOrderKind.Heartbeat)
        {
            return;
        }

        if (IsLeaving)
        {
            _simulation.Excuse(order.Lease); // granted before the manager heard of it
        }

        _simulation.Log($"{_instance} hears {order}");
        _state.TryObey(order, Host.ClockMs, _effects);
        Pump();
    }

    private void WatchSilence()
    {
        if (_orders is not null && Network.Now - _heardAt > MaxSilence)
        {
            Break(_conversation);
        }

        Network.After(ReportPeriod, Host, WatchSilence);
    }

    private void Report(int conversation)
    {
        if (conversation != _conversation || _isReporting)
        {
            return;
        }

        _isReporting = true;
        _wantsReport = false;
        NodeReport report = _state.DescribeNews(Host.ClockMs, [], out long mark);
        NodeId node = _node;
        _simulation.Calls.Ask<bool>(
            Host,
            _simulation.Manager.Host,
            answer => _simulation.Manager.Report(node, report, answer),
            isKnown => Answered(isKnown, mark, conversation),
            _ => Break(conversation));
    }

    private void Answered(bool isKnown, long mark, int conversation)
    {
        if (isKnown)
        {
            _state.ReportAnswered(mark);
        }

        if (conversation != _conversation)
        {
            return;
        }

        _isReporting = false;
        if (!isKnown)
        {
            Break(conversation);
        }
        else if (_wantsReport)
        {
            Report(conversation);
        }
        else
        {
            Network.After(ReportPeriod, Host, () => Report(conversation));
        }
    }

    /// <summary>Once; a manager that does not hear it takes the node for lost.</summary>
    private void SayFarewell()
    {
        _conversation++;
        NodeReport last = _state.DescribeNews(Host.ClockMs, [], out _) with { IsLast = true };
        NodeId node = _node;
        _simulation.Calls.Ask<bool>(Host, _simulation.Manager.Host, answer => _simulation.Manager.Report(node, last, answer), _ => Crash(), _ => Crash());
    }

    /// <summary>Ticks, performs, and sets the timer, as the agent's loop does after each input.</summary>
    private void Pump()
    {
        do
        {
            AgentEffect[] effects = [.. _effects];
            _effects.Clear();
            Array.ForEach(effects, Perform);
            _state.Tick(Host.ClockMs, _effects);
        }
        while (_effects.Count > 0);

        long dueMs = _state.NextDueMs();
        if (dueMs != long.MaxValue && dueMs != _timerDueMs)
        {
            _timerDueMs = dueMs;
            TimeSpan wait = TimeSpan.FromMilliseconds(Math.Clamp(dueMs - Host.ClockMs, 0, 60_000) + 1);
            Network.After(wait, Host, () =>
            {
                if (dueMs == _timerDueMs)
                {
                    _timerDueMs = long.MaxValue;
                    Pump();
                }
            });
        }
    }

    private void Perform(AgentEffect effect)
    {
        switch (effect)
        {
            case AgentEffect.StartExecutor start:
                var started = new SimulatedExecutor(start.Executor);
                _executors.Add(start.Executor, started);
                Later(80, 300, started, () => Feed(() => _state.OnPooled(started.Number, ["unix:@executor"], _effects)));
                break;
            case AgentEffect.AssignExecutor assign:
                Assign(_executors.GetValueOrDefault(assign.Executor), assign.Assignment);
                break;
            case AgentEffect.RenewExecutor renew when _executors.TryGetValue(renew.Executor, out SimulatedExecutor? executor):
                Later(0, 3, executor, () => executor.Term?.Renew(renew.Renewal.EndsAtNs));
                break;
            case AgentEffect.EndExecutor end when _executors.TryGetValue(end.Executor, out SimulatedExecutor? executor):
                ExecutorAssignment? assignment = executor.Assignment;
                Later(0, 3, executor, () => IfStill(executor, assignment, () => Finish(executor, end.Ending)));
                break;
            case AgentEffect.KillExecutor kill when _executors.TryGetValue(kill.Executor, out SimulatedExecutor? executor):
                Later(1, 50, executor, () => End(executor, kill.Code, kill.Why));
                break;
            case AgentEffect.ReportNow:
                _wantsReport = true;
                Network.After(TimeSpan.Zero, Host, () => Report(_conversation));
                break;
            case AgentEffect.Leave:
                SayFarewell();
                break;
            case AgentEffect.LeaseEnded ended:
                _simulation.Log($"{_instance}: {ended.End.Lease} is over, {ended.End.Code}");
                _simulation.CheckExpiry(ended.End);
                break;
            default:
                break;
        }
    }

    private void Assign(SimulatedExecutor? executor, ExecutorAssignment assignment)
    {
        if (executor is null)
        {
            return; // it died; the news is on its way
        }

        _simulation.Log(string.Create(
            CultureInfo.InvariantCulture, $"{_instance}: {executor.Number} gets {assignment.Lease}, cores {string.Join(",", assignment.Cores)}"));
        _simulation.CheckAssigned(this, executor, assignment);
        executor.Assignment = assignment;
        executor.Term = new LeaseTerm(assignment.EndsAtNs);
        executor.IsDeaf = _simulation.Random.Next(30) == 0;
        executor.IsUsed = _simulation.Random.Next(3) > 0;
    }

    private void Finish(SimulatedExecutor executor, ExecutorEnding ending)
    {
        if (!executor.IsDeaf)
        {
            executor.Term?.BeginEnding(new ErrorAnswer(ending.Code, ending.Why));
            if (!executor.IsUsed)
            {
                ExecutorAssignment? assignment = executor.Assignment;
                Later(0, 3, executor, () => IfStill(executor, assignment, () => Return(executor)));
                return;
            }

            Later(0, Math.Max(1, (int)ending.GraceMs), executor, () => End(executor, ending.Code, ending.Why));
        }
    }

    /// <summary>The socket keeps the order: nothing that was meant for the last lease reaches the next one.</summary>
    private static void IfStill(SimulatedExecutor executor, ExecutorAssignment? assignment, Action act)
    {
        if (executor.Assignment == assignment)
        {
            act();
        }
    }

    private void Return(SimulatedExecutor executor)
    {
        (executor.Assignment, executor.Term) = (null, null);
        Feed(() => _state.OnReturned(executor.Number, usage: null, _effects));
    }

    private void End(SimulatedExecutor executor, ErrorCode code, string why)
    {
        if (_executors.Remove(executor.Number))
        {
            Feed(() => _state.OnEnded(executor.Number, new ExecutorEnd(code, why, null), Host.ClockMs, _effects));
        }
    }

    private void Feed(Action news)
    {
        news();
        Network.After(TimeSpan.Zero, Host, Pump);
    }

    private void Later(int minMs, int maxMs, SimulatedExecutor executor, Action action) => Network.After(
        TimeSpan.FromMilliseconds(_simulation.Random.Next(minMs, maxMs + 1)),
        Host,
        () =>
        {
            if (_executors.ContainsKey(executor.Number))
            {
                action();
            }
        });
}
