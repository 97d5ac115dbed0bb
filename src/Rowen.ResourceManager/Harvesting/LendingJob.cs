namespace Rowen.ResourceManager.Harvesting;

/// <summary>A running batch job of the manager's own user that offers what it leaves over.</summary>
/// <param name="Id">The job.</param>
/// <param name="NodeCount">How many nodes it has.</param>
/// <param name="Offer">What it offers of each.</param>
internal sealed record LendingJob(string Id, int NodeCount, JobOffer Offer);
