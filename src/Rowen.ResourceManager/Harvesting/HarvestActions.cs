namespace Rowen.ResourceManager.Harvesting;

/// <summary>What <see cref="HarvestPlan"/> wants done.</summary>
/// <param name="SubmitCount">Pilots to submit.</param>
/// <param name="Cancel">Pilots to take back: nobody needs them.</param>
/// <param name="SendAway">Nodes to give back.</param>
internal sealed record HarvestActions(int SubmitCount, IReadOnlyList<string> Cancel, IReadOnlyList<HarvestedNode> SendAway);
