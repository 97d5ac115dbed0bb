using System.Globalization;
using Rowen.Fabric.Simulated;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Leases;

namespace Rowen.UnitTests.Simulation;

/// <summary>
/// One manager, three nodes and four clients for a minute of virtual time: 40 s with faults, then the network is healed,
/// then everybody lets go. The decisions are the product's own; network, disk, clocks, processes and clients are not.
/// </summary>
internal sealed class ControlPlaneSimulation
{
    private const int LogLength = 120;
    private static readonly TimeSpan PassedFrom = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HealedAt = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan ClosingAt = TimeSpan.FromSeconds(46);
    private static readonly TimeSpan EndsAt = TimeSpan.FromSeconds(70);

    /// <summary>What is asked from here on is answered; what was under way before may still come late.</summary>
    private static readonly TimeSpan SettledAt = HealedAt + TimeSpan.FromSeconds(1);

    private readonly int _seed;
    private readonly Queue<(TimeSpan At, string What)> _log = [];
    private readonly List<SimulatedAgent> _agents = [];
    private readonly List<SimulatedAgent> _passing = [];
    private readonly List<SimulatedClient> _clients = [];
    private readonly Dictionary<NodeId, (SimulatedAgent Agent, string Instance)> _owners = [];
    private readonly HashSet<LeaseId> _acknowledged = [];
    private readonly Dictionary<LeaseId, long> _durations = [];
    private readonly HashSet<LeaseId> _released = [];
    private readonly HashSet<LeaseId> _revoked = [];
    private readonly HashSet<LeaseId> _excused = [];

    public ControlPlaneSimulation(int seed, SimulationOptions options)
    {
        _seed = seed;
        Options = options;
        Network = new SimulatedNetwork(seed);
        Calls = new SimulatedCalls(Network);
        bool isHarsh = seed % 3 == 0;
        Network.Conditions = options.HasNetworkFaults
            ? new NetworkConditions
            {
                MaxDelay = TimeSpan.FromMilliseconds(5),
                LossRate = isHarsh ? 0.02 : 0.004,
                LateRate = isHarsh ? 0.1 : 0.02,
                MaxLateness = TimeSpan.FromSeconds(isHarsh ? 14 : 3),
            }
            : new NetworkConditions { MaxDelay = TimeSpan.FromMilliseconds(20) };
        Anywhere = Network.AddHost("anywhere");
        Manager = new SimulatedManager(this, AddHost("manager"));
        for (int i = 0; i < 3; i++)
        {
            _agents.Add(new SimulatedAgent(this, AddHost($"node{i}"), coreCount: Random.Next(2, 7)));
        }

        for (int i = 0; i < options.PassingAgents; i++)
        {
            var agent = new SimulatedAgent(this, AddHost($"passing{i}"), coreCount: 4);
            _passing.Add(agent);
            Network.After(PassedFrom + TimeSpan.FromMilliseconds(Random.Next(1_000)), agent.Host, agent.Leave);
            _clients.Add(new SimulatedClient(this, AddHost($"visitor{i}"), closingAt: PassedFrom));
        }

        for (int i = 0; i < 4; i++)
        {
            _clients.Add(new SimulatedClient(this, AddHost($"client{i}"), ClosingAt));
        }
    }

    public SimulationOptions Options { get; }

    public SimulatedNetwork Network { get; }

    public SimulatedCalls Calls { get; }

    public SimulatedManager Manager { get; }

    public Random Random => Network.Random;

    /// <summary>Where packets of those who are dead already come from.</summary>
    public SimulatedHost Anywhere { get; }

    public int GrantCount { get; private set; }

    /// <summary>Runs the minute.</summary>
    /// <exception cref="SimulationFailedException">An invariant did not hold; the message has the seed and the last events.</exception>
    public void Run()
    {
        Network.After(TimeSpan.FromSeconds(1), null, Disturb);
        Network.After(HealedAt, null, Heal);
        Network.RunUntil(EndsAt);
        CheckQuiet();
    }

    public void Log(string what)
    {
        if (!Options.KeepsLog)
        {
            return;
        }

        _log.Enqueue((Network.Now, what));
        if (_log.Count > LogLength)
        {
            _log.Dequeue();
        }
    }

    public SimulationFailedException Fail(string what)
    {
        string events = string.Concat(_log.Select(each => string.Create(
            CultureInfo.InvariantCulture, $"\n{each.At.TotalSeconds,8:F3}  {each.What}")));
        return new SimulationFailedException(string.Create(
            CultureInfo.InvariantCulture,
            $"Seed {_seed} ({(Options.HasNetworkFaults ? "with" : "without")} network faults), {Network.Now.TotalSeconds:F3} s: {what}.{events}"));
    }

    public void Belongs(NodeId node, SimulatedAgent agent, string instance) => _owners[node] = (agent, instance);

    public void Requested(LeaseView view) => _durations[view.Id] = view.DurationMs;

    public void Acknowledged(LeaseView view) => _acknowledged.Add(view.Id);

    public void Released(LeaseId lease) => _released.Add(lease);

    public void Revoked(LeaseId lease) => _revoked.Add(lease);

    /// <summary>Something was done to a lease that may cost it its life.</summary>
    public void Excuse(LeaseId? lease)
    {
        if (lease is { } excused)
        {
            _excused.Add(excused);
        }
    }

    /// <summary>A node is left: of the leases on it nobody wonders any more.</summary>
    public void ExcuseAllOn(NodeId node)
    {
        foreach (LeaseView lease in Manager.Table.Leases(Manager.NowMs).Where(lease => lease.Node == node))
        {
            Excuse(lease.Id);
        }
    }

    /// <summary>An executor was given a lease: no core serves two leases, no lease is served twice.</summary>
    public void CheckAssigned(SimulatedAgent agent, SimulatedExecutor executor, ExecutorAssignment given)
    {
        IEnumerable<ExecutorAssignment> here = agent.Executors.Where(rival => rival != executor).Select(rival => rival.Assignment).OfType<ExecutorAssignment>();
        IEnumerable<SimulatedExecutor> everywhere = _agents.Concat(_passing).SelectMany(other => other.Executors);
        if (here.Any(taken => taken.Cores.Intersect(given.Cores).Any())
            || everywhere.Any(rival => rival != executor && rival.Assignment?.Lease == given.Lease))
        {
            throw Fail($"{given.Lease} runs twice, or shares a core, on {agent.Host}");
        }
    }

    /// <summary>An agent says that a lease is over which the manager never confirmed to be: is that true?</summary>
    public void CheckEvent(NodeId node, NodeEvent happened)
    {
        bool isOwn = _owners.TryGetValue(node, out (SimulatedAgent Agent, string Instance) owner)
            && owner.Agent.Instance == owner.Instance && owner.Agent.Host.IsUp;
        if (isOwn && happened.HasEnded
            && owner.Agent.Executors.Any(executor => executor.Assignment?.Lease == happened.Lease))
        {
            throw Fail($"{owner.Instance} says that {happened.Lease} has ended, and still runs it");
        }

        if (happened.Code is ErrorCode.CapacityExhausted or ErrorCode.BadRequest)
        {
            throw Fail($"{node} was given what it cannot hold: {happened.Why}");
        }
    }

    /// <summary>The manager begins a lease on a node: nothing that serves there may be in its way.</summary>
    public void CheckGrant(NodeId node, NodeOrder order)
    {
        GrantCount++;
        if (Manager.Table.Find(order.Lease, Manager.NowMs).View is { } view && _durations.TryAdd(order.Lease, view.DurationMs))
        {
            Manager.RenewedAt.TryAdd(order.Lease, Network.Now); // one more node of those that were asked for together: nobody renews it
        }

        if (!_owners.TryGetValue(node, out (SimulatedAgent Agent, string Instance) owner)
            || owner.Agent.Instance != owner.Instance)
        {
            return; // the agent died, and its executors with it
        }

        SimulatedExecutor[] others = [.. owner.Agent.Executors
            .Where(executor => executor.Assignment is { } other && other.Lease != order.Lease && owner.Agent.IsServing(executor))];
        int busy = others.Sum(executor => executor.Assignment!.Cores.Count);
        long held = others.Sum(executor => executor.Assignment!.MemoryBytes);
        if (held + order.MemoryBytes > SimulatedAgent.MemoryBytes)
        {
            throw Fail($"{order.Lease} is granted {order.MemoryBytes} bytes of {owner.Instance}, where others still hold {held}");
        }

        if (busy + order.Cores > owner.Agent.CoreCount)
        {
            throw Fail($"{order.Lease} is granted {order.Cores} of {owner.Agent.CoreCount} cores of {owner.Instance}, where {busy} still serve others");
        }
    }

    /// <summary>A lease has ended: somebody must have wanted that, or something must have happened.</summary>
    public void CheckEnd(LeaseEffect.Changed ended)
    {
        LeaseId lease = ended.Lease;
        LeaseView? view = Manager.Table.Find(lease, Manager.NowMs).View;
        if (view is null || _excused.Contains(lease))
        {
            return;
        }

        bool isRight = ended.Code switch
        {
            ErrorCode.LeaseReleased => _released.Contains(lease),
            ErrorCode.LeaseRevoked => _revoked.Contains(lease),
            ErrorCode.WaitedTooLong => view.Node == default,
            ErrorCode.LeaseExpired => IsExpired(lease, view.DurationMs),
            ErrorCode.PeerLost => HasLostItsNode(view) || _revoked.Contains(lease) || _released.Contains(lease),
            ErrorCode.ExecutorCrashed => false,
            _ => false,
        };
        if (!isRight)
        {
            throw Fail($"{lease} was lost without a cause: {ended.Code}, {ended.Reason}");
        }
    }

    /// <summary>
    /// An agent let a lease expire. Where messages are late it may do so early: its orders are computed from the last
    /// clock that it told; and while the manager is away nobody renews. Otherwise it must not.
    /// </summary>
    public void CheckExpiry(NodeEvent ended)
    {
        if (ended.Code != ErrorCode.LeaseExpired || !_durations.TryGetValue(ended.Lease, out long durationMs))
        {
            return;
        }

        bool mayHaveMissedARenewal = Options.HasNetworkFaults || !Manager.Host.IsUp
            || Network.Now - Manager.StartedAt < TimeSpan.FromMilliseconds(durationMs + 2000);
        if (!mayHaveMissedARenewal && !IsExpired(ended.Lease, durationMs))
        {
            throw Fail($"{ended.Lease} expired on its node before its time: {ended.Why}");
        }

        Excuse(ended.Lease);
    }

    public void CheckRenewalRefusal(LeaseId lease, ErrorAnswer error)
    {
        if (error.Code == ErrorCode.UnknownLease)
        {
            throw Fail($"{lease} was acknowledged, and cannot be renewed: {error.Message}");
        }
    }

    public void CheckUnanswered(string what, TimeSpan askedAt)
    {
        if (askedAt >= SettledAt)
        {
            throw Fail(string.Create(
                CultureInfo.InvariantCulture, $"{what} of {askedAt.TotalSeconds:F3} s was not answered, though nothing is broken"));
        }
    }

    /// <summary>A fifth of what the table's margin covers: half a percent each way, a percent between two hosts.</summary>
    private SimulatedHost AddHost(string name) => Network.AddHost(
        name, clockRate: 0.995 + (0.01 * Network.Random.NextDouble()), TimeSpan.FromSeconds(Network.Random.Next(100_000)));

    private bool IsExpired(LeaseId lease, long durationMs) => Manager.RenewedAt.TryGetValue(lease, out TimeSpan renewedAt)
        && (Network.Now - renewedAt).TotalMilliseconds >= durationMs * 0.98; // a clock may be ahead by a percent

    private bool HasLostItsNode(LeaseView view) =>
        !_owners.TryGetValue(view.Node, out (SimulatedAgent Agent, string Instance) owner)
        || owner.Agent.Instance != owner.Instance
        || !owner.Agent.Host.IsUp
        || (Manager.HeardAtMs.TryGetValue(view.Node, out long heardAtMs) && Manager.NowMs - heardAtMs >= 5000);

    /// <summary>Everybody has let go, and time enough has passed: everything is free, on both sides.</summary>
    private void CheckQuiet()
    {
        foreach (NodeView node in Manager.Table.Nodes(Manager.NowMs).Where(node => node.State == "up"))
        {
            if (node.FreeCores != node.Cores || node.FreeMemoryBytes != node.MemoryBytes)
            {
                throw Fail($"{node.Name} has {node.FreeCores} of {node.Cores} cores free, though nobody wants any");
            }
        }

        foreach (SimulatedAgent agent in _agents)
        {
            if (Manager.Table.Nodes(Manager.NowMs).Count(node => node.State == "up" && node.Name == agent.Host.Name) != 1)
            {
                throw Fail($"{agent.Host} is not up exactly once");
            }

            if (agent.Serving.Any())
            {
                throw Fail($"{agent.Instance} still serves {string.Join(", ", agent.Serving)}");
            }
        }

        if (Manager.Table.Nodes(Manager.NowMs).Count(node => node.State == "up") != _agents.Count || _passing.Exists(agent => agent.Host.IsUp))
        {
            throw Fail("some who were to leave have not");
        }

        if (Manager.Table.Leases(Manager.NowMs).FirstOrDefault(lease => lease.State != LeaseState.Ended) is { } alive)
        {
            throw Fail($"{alive.Id} is {alive.State}, though nobody wants it");
        }
    }

    private void Disturb()
    {
        if (Network.Now >= HealedAt)
        {
            return;
        }

        switch (Random.Next(Options.HasNetworkFaults ? 7 : 4))
        {
            case 0:
                CrashManager();
                break;
            case 1:
                CrashAgent();
                break;
            case 2:
                _agents[Random.Next(_agents.Count)].CrashExecutor();
                break;
            case 3:
                break; // calm
            default:
                CutOff();
                break;
        }

        Network.After(TimeSpan.FromMilliseconds(Random.Next(300, 6000)), null, Disturb);
    }

    private void CrashManager()
    {
        if (Manager.Host.IsUp)
        {
            Log("manager crashes");
            Manager.Crash();
            Network.After(TimeSpan.FromMilliseconds(Random.Next(100, 4000)), null, StartManager);
        }
    }

    private void StartManager()
    {
        if (!Manager.Host.IsUp)
        {
            Log("manager starts");
            Manager.Host.Restart();
            Manager.Start();
            foreach (LeaseId lease in _acknowledged)
            {
                if (Manager.Table.Find(lease, 0).View is null)
                {
                    throw Fail($"{lease} was acknowledged, and did not survive the manager");
                }
            }
        }
    }

    private void CrashAgent()
    {
        SimulatedAgent agent = _agents[Random.Next(_agents.Count)];
        if (agent.Host.IsUp)
        {
            Log($"{agent.Instance} crashes");
            agent.Crash();
            Network.After(TimeSpan.FromMilliseconds(Random.Next(100, 6000)), null, () => StartAgent(agent));
        }
    }

    private void StartAgent(SimulatedAgent agent)
    {
        if (!agent.Host.IsUp)
        {
            agent.Host.Restart();
            agent.Start();
            Log($"{agent.Instance} starts");
        }
    }

    private void CutOff()
    {
        SimulatedHost other = Random.Next(3) == 0
            ? _clients[Random.Next(_clients.Count)].Host
            : _agents[Random.Next(_agents.Count)].Host;
        int ways = Random.Next(1, 4);
        if ((ways & 1) != 0)
        {
            Network.Cut(Manager.Host, other);
        }

        if ((ways & 2) != 0)
        {
            Network.Cut(other, Manager.Host);
        }

        Log(string.Create(CultureInfo.InvariantCulture, $"manager and {other} are cut off ({ways})"));
        Network.After(TimeSpan.FromMilliseconds(Random.Next(200, 9000)), null, () =>
        {
            Network.Mend(Manager.Host, other);
            Network.Mend(other, Manager.Host);
            Log($"manager and {other} are joined again");
        });
    }

    private void Heal()
    {
        Log("everything is healed");
        Network.Heal();
        Network.Conditions = new NetworkConditions { MaxDelay = TimeSpan.FromMilliseconds(20) };
        StartManager();
        _agents.ForEach(StartAgent);
    }
}
