namespace Rowen.Protocol.Limits;

/// <summary>What users and accounts may have, and have: the answer of <c>GET /v1/limits</c>.</summary>
public sealed record LimitsView
{
    /// <summary>The file that names the limits; empty: there is none.</summary>
    public string File { get; set; } = string.Empty;

    /// <summary>Why the file cannot be used as it now is; the limits of before hold. Empty: it can.</summary>
    public string Fault { get; set; } = string.Empty;

    /// <summary>Users and accounts that have limits, or hold something.</summary>
    public IReadOnlyList<OwnerView> Owners { get; set; } = [];
}
