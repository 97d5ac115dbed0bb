using Rowen.Fabric.Simulated;
using Rowen.Protocol.Nodes;

namespace Rowen.UnitTests.Simulation;

/// <summary>One stream of orders: in order while it lives, dead for good once anything of it was lost.</summary>
internal sealed class SimulatedOrders(SimulatedNetwork network, SimulatedHost manager, SimulatedHost agent, long number)
{
    private TimeSpan _lastArrival;

    public long Number { get; } = number;

    public bool IsDead { get; private set; }

    /// <summary>What the agent does with an order; set by the agent when it has the stream.</summary>
    public Action<NodeOrder>? OnOrder { get; set; }

    public void Kill() => IsDead = true;

    public void Tell(NodeOrder order)
    {
        IsDead |= network.IsCut(manager, agent) || !agent.IsUp
            || network.Random.NextDouble() < network.Conditions.LossRate;
        if (IsDead)
        {
            return;
        }

        TimeSpan arrival = network.Now + network.DrawDelay();
        _lastArrival = arrival > _lastArrival ? arrival : _lastArrival;
        network.After(_lastArrival - network.Now, agent, () =>
        {
            if (!IsDead)
            {
                OnOrder?.Invoke(order);
            }
        });
    }
}
