namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>What <see cref="SlurmDoctor"/> found.</summary>
/// <param name="Cluster">What Slurm calls the cluster; null if it could not be asked.</param>
/// <param name="Version">Slurm's; null if it could not be asked.</param>
/// <param name="Partition">The partition that was judged; null if there is none.</param>
/// <param name="Findings">Problems first.</param>
/// <param name="Reclaim">How long a batch job waits for a pilot's node; null if that cannot be told.</param>
public sealed record SlurmReport(
    string? Cluster, string? Version, string? Partition, IReadOnlyList<SlurmFinding> Findings, ReclaimTime? Reclaim)
{
    /// <summary>The same with more findings, problems first.</summary>
    /// <param name="more">What else was found.</param>
    public SlurmReport With(IReadOnlyList<SlurmFinding> more) => this with { Findings = SlurmFinding.Order([.. Findings, .. more]) };

    /// <summary>Whether something must be mended before pilots run.</summary>
    public bool HasProblem => Findings.Any(finding => finding.Verdict == SlurmFinding.Problem);
}
