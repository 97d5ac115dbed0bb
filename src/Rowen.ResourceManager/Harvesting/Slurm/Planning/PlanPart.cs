namespace Rowen.ResourceManager.Harvesting.Slurm.Planning;

/// <summary>One thing that an administrator would put somewhere, or that Rowen would hand to Slurm.</summary>
/// <param name="Name">Which: <c>slurm.conf</c>, <c>accounting</c>, <c>sbatch</c>, <c>pilot.sh</c> or <c>rowen.service</c>.</param>
/// <param name="Purpose">What it is for, and where it goes, in a sentence.</param>
/// <param name="Text">The thing itself.</param>
public sealed record PlanPart(string Name, string Purpose, string Text);
