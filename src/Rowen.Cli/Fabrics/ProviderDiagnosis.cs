namespace Rowen.Cli.Fabrics;

/// <summary>One of Rowen's fabric providers on this machine.</summary>
/// <param name="Name"><c>shm</c>, <c>ofi</c> or <c>tcp</c>.</param>
/// <param name="IsUsable">Whether it could be used.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Remark">When it is used, or what to do; null if there is nothing to say.</param>
internal sealed record ProviderDiagnosis(string Name, bool IsUsable, string Purpose, string? Remark);
