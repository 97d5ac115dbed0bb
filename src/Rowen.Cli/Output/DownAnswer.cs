namespace Rowen.Cli.Output;

/// <summary>What <c>rowen down --output json</c> prints.</summary>
/// <param name="Cluster">The cluster file.</param>
/// <param name="HadEnded">Whether there was nothing left to end.</param>
internal sealed record DownAnswer(string Cluster, bool HadEnded);
