namespace Rowen.Jobs;

/// <summary>What the function of a job takes and gives, as its package says.</summary>
internal sealed record JobTypes(string Input, string Output);
