namespace Rowen.ResourceManager.Harvesting;

/// <summary>A pilot job, as the batch system tells of it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Phase">Where it is in its life.</param>
/// <param name="State">The batch system's own word for that.</param>
/// <param name="Reason">Why it waits, or ended, in the batch system's own words.</param>
/// <param name="NodeName">Where it runs; empty: nowhere yet.</param>
internal sealed record PilotJob(string Id, PilotPhase Phase, string State, string Reason, string NodeName);
