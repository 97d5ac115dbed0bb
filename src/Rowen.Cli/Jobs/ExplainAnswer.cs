namespace Rowen.Cli.Jobs;

/// <summary>What <c>rowen explain J7 --output json</c> prints.</summary>
/// <param name="Status">Where it stands.</param>
/// <param name="Failures">Items that have failed, by cause, the most frequent first.</param>
internal sealed record ExplainAnswer(JobStatus Status, IReadOnlyList<FailureGroup> Failures);
