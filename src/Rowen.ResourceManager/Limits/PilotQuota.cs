namespace Rowen.ResourceManager.Limits;

/// <summary>How many more pilots may be asked for because of leases of one owner.</summary>
/// <param name="Owner">The user or account.</param>
/// <param name="Users">Whose leases those are.</param>
/// <param name="Max">The limit.</param>
/// <param name="Left">How many more.</param>
internal sealed record PilotQuota(Owner Owner, IReadOnlySet<string> Users, int Max, int Left);
