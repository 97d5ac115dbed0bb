namespace Rowen.UnitTests.Simulation;

/// <summary>An invariant did not hold.</summary>
public sealed class SimulationFailedException(string message) : Exception(message);
