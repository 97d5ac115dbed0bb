namespace Rowen.Cli.Demo;

/// <summary>A word and how often it occurs.</summary>
internal sealed record WordAnswer(string Word, long Count);
