namespace Rowen.Protocol.Clusters;

/// <summary>Who answers at the manager's address: the answer of <c>GET /v1/version</c>.</summary>
/// <param name="RowenVersion">Rowen's version.</param>
/// <param name="Protocol">The version of the conversations with the manager: <see cref="CurrentProtocol"/>.</param>
/// <param name="Epoch">The manager's restarts, counted durably.</param>
public sealed record ManagerVersion(string RowenVersion, int Protocol, uint Epoch)
{
    /// <summary>The version that this code speaks; the <c>v1</c> of every path.</summary>
    public const int CurrentProtocol = 1;
}
