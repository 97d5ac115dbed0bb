namespace Rowen.Cli.Fabrics;

/// <summary>What <c>rowen fabric serve</c> says to programs once it listens.</summary>
/// <param name="Address">Where.</param>
/// <param name="SecretFile">What the other machine needs.</param>
internal sealed record ServeAnswer(string Address, string SecretFile);
