namespace Rowen.Cli.Output;

/// <summary>What <c>rowen version --output json</c> prints.</summary>
internal sealed record VersionAnswer(string Version, int Protocol, string Dotnet);
