namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>One thing about a Slurm that matters to batch jobs beside pilots.</summary>
/// <param name="Name">Which: the same word in every version of Rowen.</param>
/// <param name="Verdict"><see cref="Fine"/>, <see cref="Hint"/> or <see cref="Problem"/>.</param>
/// <param name="What">What was found, in a sentence.</param>
/// <param name="Advice">What to do; null where nothing needs to be done.</param>
public sealed record SlurmFinding(string Name, string Verdict, string What, string? Advice = null)
{
    /// <summary>As it should be.</summary>
    public const string Fine = "ok";

    /// <summary>It works; the advice would make it better, or safer.</summary>
    public const string Hint = "hint";

    /// <summary>Pilots would not run, or batch jobs would feel them.</summary>
    public const string Problem = "problem";

    /// <summary>Problems first, then hints; otherwise as they are.</summary>
    internal static IReadOnlyList<SlurmFinding> Order(IEnumerable<SlurmFinding> findings) =>
        [.. findings.OrderBy(finding => finding.Verdict switch { Problem => 0, Hint => 1, _ => 2 })];
}
