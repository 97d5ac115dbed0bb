namespace Rowen.ResourceManager.Limits;

/// <summary>To whom a limit applies.</summary>
/// <param name="Name">The user's or account's name.</param>
/// <param name="IsAccount">Which.</param>
internal readonly record struct Owner(string Name, bool IsAccount)
{
    /// <inheritdoc/>
    public override string ToString() => IsAccount ? $"account {Name}" : $"user {Name}";
}
