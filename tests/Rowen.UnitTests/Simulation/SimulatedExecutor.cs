using Rowen.Executor;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Executors;

namespace Rowen.UnitTests.Simulation;

/// <summary>An executor process: alive or not, and its own idea of how long it may work.</summary>
internal sealed class SimulatedExecutor(ExecutorNumber number)
{
    public ExecutorNumber Number { get; } = number;

    public ExecutorAssignment? Assignment { get; set; }

    public LeaseTerm? Term { get; set; }

    /// <summary>The owner of its lease came; otherwise it goes back to the pool.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Stopped, hung or deaf: obeys nothing but SIGKILL.</summary>
    public bool IsDeaf { get; set; }
}
