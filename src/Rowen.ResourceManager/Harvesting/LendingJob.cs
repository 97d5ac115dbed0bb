namespace Rowen.ResourceManager.Harvesting;

/// <summary>A batch job of the manager's own user that offers what it leaves over.</summary>
/// <param name="Id">The job.</param>
/// <param name="NodeCount">How many nodes it has.</param>
/// <param name="Offer">What it offers of each.</param>
/// <param name="IsSuspended">Whether it is halted for now: then nothing begins in it.</param>
internal sealed record LendingJob(string Id, int NodeCount, JobOffer Offer, bool IsSuspended = false);
