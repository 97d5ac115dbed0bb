using Rowen.Cli.Benchmarks.Reports;

namespace Rowen.Cli.Benchmarks.Agents;

/// <summary>One thing that all agents did, and what the manager needed for it.</summary>
/// <param name="Name">What.</param>
/// <param name="Seconds">From the first until the manager shows all of it.</param>
/// <param name="ManagerSeconds">Processor time of the manager.</param>
/// <param name="ManagerCores">The one by the other.</param>
internal sealed record AgentPhase(string Name, double Seconds, double ManagerSeconds, double ManagerCores);

/// <summary>What <c>rowen bench agents</c> prints.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Agents">How many at a time.</param>
/// <param name="Phases">What they did.</param>
/// <param name="LostLeases">Leases that neither ended with their node, as taken back, nor waited and were granted at last.</param>
/// <param name="IsWithinOneCore">Whether the manager needed one core at most in every phase.</param>
/// <param name="IsNothingLost">Whether none was lost.</param>
internal sealed record AgentBenchmarkReport(
    MachineFacts Machine, int Agents, IReadOnlyList<AgentPhase> Phases, int LostLeases, bool IsWithinOneCore, bool IsNothingLost);
