namespace Rowen.Cli.Output;

/// <summary>What <c>rowen manager</c> and <c>rowen agent</c> print with <c>--output json</c> when they start.</summary>
internal sealed record RoleAnswer(string Role, string Cluster, string Address, int ProcessId);
