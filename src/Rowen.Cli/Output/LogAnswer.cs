namespace Rowen.Cli.Output;

/// <summary>What <c>rowen logs --output json</c> prints.</summary>
internal sealed record LogAnswer(string Lease, string Stream, string Text);
