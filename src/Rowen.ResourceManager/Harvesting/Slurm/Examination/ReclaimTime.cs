namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>How long a batch job waits for a node that a pilot holds, by Slurm's configuration. Reckoned, not measured here.</summary>
/// <param name="OrdinarySeconds">If functions need the whole drain grace, and the agent leaves as it does.</param>
/// <param name="WorstSeconds">If the agent hangs, and Slurm has to kill it.</param>
/// <param name="Reckoning">What the worst is made of.</param>
public sealed record ReclaimTime(double OrdinarySeconds, double WorstSeconds, string Reckoning);
