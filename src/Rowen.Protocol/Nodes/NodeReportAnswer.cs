namespace Rowen.Protocol.Nodes;

/// <summary>The manager has taken a report. An agent that it does not know gets 404 and joins again.</summary>
/// <param name="Epoch">The manager's epoch.</param>
public sealed record NodeReportAnswer(uint Epoch);
