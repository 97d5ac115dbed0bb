namespace Rowen.ResourceManager.Harvesting;

/// <summary>What the batch system shows of this user's jobs.</summary>
/// <param name="Pilots">This manager's pilots.</param>
/// <param name="Lenders">Running and suspended jobs that offer what they leave over.</param>
internal sealed record BatchQueue(IReadOnlyList<PilotJob> Pilots, IReadOnlyList<LendingJob> Lenders);
