using Rowen.NodeAgent;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.UnitTests.NodeAgent;

/// <summary>Random histories: orders, executors that come, answer, dally and die, and a drain at the end.</summary>
public sealed class AgentStateHistoryTests
{
    private const int Cores = 4;

    [Fact]
    public void No_history_breaks_a_promise()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            new History(seed).Run();
        }
    }

    private sealed class History(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly AgentState _state = new(new AgentOptions { PoolSize = seed % 3 }, "n1", [.. Enumerable.Range(0, Cores)], 1L << 30);
        private readonly List<AgentEffect> _effects = [];
        private readonly Dictionary<ExecutorNumber, ExecutorAssignment?> _executors = []; // what really runs
        private readonly Dictionary<LeaseId, long> _endsAt = []; // as renewed, of leases that were begun
        private readonly HashSet<LeaseId> _ended = [];
        private long _now;
        private ulong _lastLease;
        private bool _hasLeft;

        public void Run()
        {
            for (int step = 0; step < 300; step++)
            {
                _now += _random.Next(0, 400);
                Act();
                do
                {
                    _state.Tick(_now, _effects);
                }
                while (Perform()); // as in the agent's loop: what comes of it is news
                Check(step);
            }

            _state.Drain(1_000, "the test ends", _now, _effects);
            for (int i = 0; i < 100 && !_hasLeft; i++)
            {
                _now += 500;
                _state.Tick(_now, _effects);
                Perform();
            }

            Assert.True(_hasLeft, $"seed {seed}: the agent did not leave; {_executors.Count} executors run");
            Assert.Empty(_executors);
            Assert.All(_endsAt.Keys, lease => Assert.True(_ended.Contains(lease), $"seed {seed}: {lease} never ended"));
        }

        private void Act()
        {
            ExecutorNumber[] running = [.. _executors.Keys];
            ExecutorNumber some = running.Length > 0 ? running[_random.Next(running.Length)] : default;
            var lease = new LeaseId((ulong)_random.NextInt64(1, (long)_lastLease + 2));
            switch (_random.Next(10))
            {
                case 0 or 1:
                    Order(Start(new LeaseId(++_lastLease)));
                    break;
                case 2:
                    Order(Start(lease)); // perhaps again
                    _lastLease = Math.Max(_lastLease, lease.Value);
                    break;
                case 3 or 4:
                    Order(new NodeOrder { Kind = NodeOrderKind.RenewLease, Lease = lease, EndsAtAgentMs = _now + 3_000 });
                    break;
                case 5:
                    Order(new NodeOrder
                    {
                        Kind = NodeOrderKind.EndLease,
                        Lease = lease,
                        GraceMs = _random.Next(2) * 1_000,
                        Code = ErrorCode.LeaseReleased,
                    });
                    break;
                case 6 when running.Length > 0:
                    Die(some);
                    break;
                case >= 7 when running.Length > 0:
                    _state.OnPooled(some, ["unix:@x"], _effects);
                    break;
                default:
                    break;
            }

            Perform();
        }

        private void Order(NodeOrder order) => Assert.True(_state.TryObey(order with { Epoch = 1 }, _now, _effects));

        private NodeOrder Start(LeaseId lease)
        {
            bool isForMemory = _random.Next(3) == 0;
            return new NodeOrder
            {
                Kind = NodeOrderKind.StartLease,
                Lease = lease,
                LeaseKind = isForMemory ? LeaseKind.Memory : LeaseKind.Cores,
                Cores = isForMemory ? 0 : _random.Next(1, Cores + 1),
                MemoryBytes = _random.Next(1, 1 << 29),
                EndsAtAgentMs = _now + 3_000,
                Secret = "s",
            };
        }

        /// <returns>Whether there was anything.</returns>
        private bool Perform()
        {
            bool hasPerformed = _effects.Count > 0;
            while (_effects.Count > 0)
            {
                AgentEffect[] effects = [.. _effects];
                _effects.Clear();
                foreach (AgentEffect effect in effects)
                {
                    Perform(effect);
                }
            }

            return hasPerformed;
        }

        private void Perform(AgentEffect effect)
        {
            switch (effect)
            {
                case AgentEffect.StartExecutor start:
                    Assert.True(_executors.TryAdd(start.Executor, null), $"seed {seed}: {start.Executor} was started twice");
                    break;
                case AgentEffect.AssignExecutor assign:
                    Assert.Null(_executors[assign.Executor]);
                    Assert.DoesNotContain(assign.Assignment.Lease, _ended);
                    _executors[assign.Executor] = assign.Assignment;
                    break;
                case AgentEffect.EndExecutor end when _executors.ContainsKey(end.Executor) && _random.Next(3) == 0:
                    _executors[end.Executor] = null; // nobody came to use it
                    _state.OnReturned(end.Executor, usage: null, _effects);
                    break;
                case AgentEffect.EndExecutor end when _random.Next(3) > 0:
                    Die(end.Executor); // otherwise it dallies, and is killed
                    break;
                case AgentEffect.KillExecutor kill:
                    Die(kill.Executor);
                    break;
                case AgentEffect.LeaseEnded ended:
                    Assert.True(_ended.Add(ended.End.Lease), $"seed {seed}: {ended.End.Lease} ended twice");
                    Assert.DoesNotContain(_executors.Values, assignment => assignment?.Lease == ended.End.Lease);
                    break;
                case AgentEffect.Leave:
                    _hasLeft = true;
                    break;
                default:
                    break;
            }
        }

        private void Die(ExecutorNumber executor)
        {
            if (_executors.Remove(executor))
            {
                _state.OnEnded(executor, new ExecutorEnd(ErrorCode.ExecutorCrashed, "died", null), _now, _effects);
            }
        }

        private void Check(int step)
        {
            Assert.True(_state.NextDueMs() > _now, $"seed {seed}, step {step}: the loop would spin");
            int[] cores = [.. _executors.Values.OfType<ExecutorAssignment>().SelectMany(assignment => assignment.Cores)];
            Assert.True(cores.Distinct().Count() == cores.Length, $"seed {seed}, step {step}: a core is in two executors");
            Assert.Equal(_executors.Count, _state.ExecutorCount);
            foreach (LeaseId lease in _state.Serving)
            {
                _endsAt.TryAdd(lease, 0);
                Assert.DoesNotContain(lease, _ended);
            }
        }
    }
}
