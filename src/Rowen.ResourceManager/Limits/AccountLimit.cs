namespace Rowen.ResourceManager.Limits;

/// <summary>What the users of one account may have together.</summary>
internal sealed record AccountLimit : OwnerLimit
{
    /// <summary>Whose leases count.</summary>
    public IReadOnlyList<string> Users { get; set; } = [];
}
