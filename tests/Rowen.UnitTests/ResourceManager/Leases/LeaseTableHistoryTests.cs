using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.ResourceManager.Leases;

namespace Rowen.UnitTests.ResourceManager.Leases;

/// <summary>Random histories: whatever is called in whatever order, the books balance and no core is granted twice.</summary>
public sealed class LeaseTableHistoryTests
{
    private const int StepCount = 400;

    [Fact]
    public void No_history_unbalances_the_books()
    {
        int startedCount = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            var history = new History(seed);
            try
            {
                history.Run();
                startedCount += history.StartedCount;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }

        Assert.InRange(startedCount, 1_000, int.MaxValue); // histories in which nothing happens would prove nothing
    }

    private sealed class History(int seed)
    {
        private const int CoresPerNode = 4;

        private readonly Random _random = new(seed);
        private readonly LeaseTableDriver _table = new(
            new LeaseOptions { MaxEndedCount = 20 }, new QueueOptions { MaxCount = 10 });
        private readonly Dictionary<string, Agent> _agents = [];
        private readonly Dictionary<LeaseId, LeaseState> _seen = [];
        private ulong _lastLease;

        public int StartedCount { get; private set; }

        public void Run()
        {
            for (int step = 0; step < StepCount; step++)
            {
                Step();
                Deliver();
                Check(step);
            }
        }

        private void Step()
        {
            LeaseId lease = new((ulong)_random.Next(1, (int)_lastLease + 2));
            Agent agent = AgentOf($"node{_random.Next(3)}");
            switch (_random.Next(14))
            {
                case 0:
                    Join(agent);
                    break;
                case 1 or 2 or 3:
                    Ask();
                    break;
                case 4:
                    _table.Release(lease);
                    break;
                case 5:
                    _table.Renew(lease);
                    break;
                case 6:
                    _table.Revoke(lease, _random.Next(2) * 3_000);
                    break;
                case 7:
                    _table.Ready(agent.Node, lease);
                    break;
                case 8 when agent.Running.Count > 0:
                    End(agent, agent.Running.Keys.First(), ErrorCode.ExecutorCrashed);
                    break;
                case 9:
                    FailStorage();
                    break;
                case 10:
                    Deliver(); // what was under way still arrives
                    _table.Table.CloseOrders(agent.Node, agent.Stream, _table.NowMs, _table.Effects);
                    agent.Stream = 0;
                    break;
                case 11:
                    agent.Stream = _table.Table.OpenOrders(agent.Node, _table.NowMs, _table.Effects);
                    break;
                case 12:
                    _table.Advance(TimeSpan.FromMilliseconds(_random.Next(8_000)), [agent.Node]);
                    break;
                default:
                    _table.Advance(TimeSpan.FromMilliseconds(_random.Next(1_000)), [.. _agents.Values.Select(one => one.Node)]);
                    break;
            }
        }

        private Agent AgentOf(string name)
        {
            if (!_agents.TryGetValue(name, out Agent? agent))
            {
                agent = new Agent(name);
                _agents.Add(name, agent);
                Join(agent);
            }

            return agent;
        }

        private void Join(Agent agent)
        {
            EndWhatIsOver();
            ServedLease[] serving = [.. agent.Running.Keys.Select(id => new ServedLease(id, 1, []))];
            agent.Node = _table.Join(agent.Name, CoresPerNode, LeaseTableDriver.Gibibyte, serving);
            agent.Stream = _table.Streams[agent.Node];
        }

        private void Ask()
        {
            bool isForMemory = _random.Next(3) == 0;
            int nodes = _random.Next(3) == 0 ? _random.Next(2, 4) : 1;
            LeaseAnswer answer = _table.TryAsk(new LeaseAsk
            {
                Kind = isForMemory ? LeaseKind.Memory : LeaseKind.Cores,
                Cores = isForMemory ? 0 : _random.Next(CoresPerNode + 2),
                MemoryBytes = isForMemory ? MemoryLending.OverheadBytes + _random.Next(1, 1 << 30) : 0,
                NotOn = isForMemory && _random.Next(2) == 0 ? [new NodeId((uint)_random.Next(1, 4))] : [],
                Nodes = nodes,
                AtLeast = _random.Next(nodes + 1),
                DurationMs = 1_000 * _random.Next(1, 20),
                MaxWaitMs = 1_000 * _random.Next(1, 20),
                MayWait = _random.Next(3) > 0,
            });
            Assert.False(answer.View is { State: LeaseState.Waiting, Group: not null });
            _lastLease = Math.Max(_lastLease, answer.View is null ? 0 : _table.Table.LastLeaseId);
        }

        private void End(Agent agent, LeaseId lease, ErrorCode code)
        {
            agent.Running.Remove(lease);
            _table.Ended(agent.Node, lease, code, "signal 11"); // lost, if the manager has lost the node
        }

        private void FailStorage()
        {
            Deliver();
            Ask();
            IReadOnlySet<LeaseId> undone = _table.Table.StorageFails("full", _table.Effects);
            _table.Effects.RemoveAll(effect => effect is LeaseEffect.Tell { Order: { Kind: NodeOrderKind.StartLease } order }
                && undone.Contains(order.Lease));
            foreach (LeaseId lease in undone)
            {
                _seen.Remove(lease); // it waits again, or never was
            }
        }

        /// <summary>Agents obey sooner or later, but run nothing beyond the time that they heard.</summary>
        private void Deliver()
        {
            foreach (LeaseEffect.Tell tell in _table.TakeEffects().OfType<LeaseEffect.Tell>())
            {
                Agent agent = _agents.Values.Single(one => one.Node == tell.Node);
                if (agent.Stream != 0)
                {
                    Obey(agent, tell.Order);
                }
            }

            EndWhatIsOver();
        }

        private void Obey(Agent agent, NodeOrder order)
        {
            switch (order.Kind)
            {
                case NodeOrderKind.StartLease when agent.Known.Add(order.Lease):
                    agent.Running.Add(order.Lease, (order.Cores, order.EndsAtAgentMs));
                    StartedCount++;
                    break;
                case NodeOrderKind.StartLease or NodeOrderKind.RenewLease when agent.Running.TryGetValue(order.Lease, out (int Cores, long EndsAtMs) lease):
                    agent.Running[order.Lease] = (lease.Cores, Math.Max(lease.EndsAtMs, order.EndsAtAgentMs));
                    break;
                case NodeOrderKind.EndLease when order.GraceMs == 0 && agent.Running.ContainsKey(order.Lease) && _random.Next(2) == 0:
                    End(agent, order.Lease, ErrorCode.None);
                    break;
                default:
                    break;
            }
        }

        private void EndWhatIsOver()
        {
            long agentClockMs = _table.NowMs + LeaseTableDriver.AgentClockOffsetMs;
            foreach (Agent agent in _agents.Values)
            {
                foreach (LeaseId over in agent.Running.Where(one => one.Value.EndsAtMs <= agentClockMs).Select(one => one.Key).ToArray())
                {
                    agent.Running.Remove(over); // and the manager hears nothing of it
                }
            }
        }

        private void Check(int step)
        {
            Assert.True(_table.Table.FindImbalance() is null, $"step {step}: {_table.Table.FindImbalance()}");
            foreach (Agent agent in _agents.Values)
            {
                int cores = agent.Running.Values.Sum(one => one.Cores);
                Assert.True(cores <= CoresPerNode, $"step {step}: {agent.Node} runs {cores} cores");
            }

            foreach (LeaseView lease in _table.Table.Leases(_table.NowMs))
            {
                LeaseState before = _seen.GetValueOrDefault(lease.Id, lease.State);
                Assert.True(lease.State >= before, $"step {step}: {lease.Id} went from {before} to {lease.State}");
                _seen[lease.Id] = lease.State;
            }
        }

        private sealed class Agent(string name)
        {
            public string Name { get; } = name;

            public NodeId Node { get; set; }

            public long Stream { get; set; }

            public HashSet<LeaseId> Known { get; } = [];

            public Dictionary<LeaseId, (int Cores, long EndsAtMs)> Running { get; } = [];
        }
    }
}
