using Rowen.Protocol.Clusters;

namespace Rowen.ResourceManager;

/// <summary>Where a running manager listens, and what its clients must know.</summary>
/// <param name="Unix"><c>unix:/path</c>, or null.</param>
/// <param name="Tcp"><c>https://host:port</c>, or null.</param>
/// <param name="Token">Token of the TCP listener, or null without one.</param>
/// <param name="CertificateSha256">SHA-256 of its certificate in hexadecimal, or null without one.</param>
/// <param name="Epoch">The manager's restarts, counted durably.</param>
public sealed record ManagerAddresses(string? Unix, string? Tcp, string? Token, string? CertificateSha256, uint Epoch)
{
    /// <summary>What a client on another node needs, or one on this node where there is no Unix socket.</summary>
    /// <exception cref="InvalidOperationException">The manager does not listen on TCP.</exception>
    public ClusterFile ForOtherNodes() => Common(Tcp ?? throw new InvalidOperationException("The manager does not listen on TCP.")) with
    {
        Token = Token,
        CertificateSha256 = CertificateSha256,
    };

    /// <summary>What a client of the same user on this node needs: the Unix socket if there is one.</summary>
    public ClusterFile ForThisNode() => Unix is null ? ForOtherNodes() : Common(Unix);

    /// <summary>Without the token.</summary>
    public override string ToString() => string.Join(" and ", new[] { Unix, Tcp }.Where(address => address is not null));

    private static ClusterFile Common(string address) => new()
    {
        Address = address,
        ManagerProcessId = Environment.ProcessId,
        ManagerHost = System.Net.Dns.GetHostName(),
        RowenVersion = ManagerHost.RowenVersion,
    };
}
