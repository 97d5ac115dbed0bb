namespace Rowen.Protocol.Clusters;

/// <summary>How to reach a cluster and prove that one may: the file that <c>rowen up</c> writes, mode 0600.</summary>
public sealed record ClusterFile
{
    /// <summary>Version of this format: 1.</summary>
    public int Format { get; set; } = 1;

    /// <summary><c>unix:/path/to/socket</c> (user proved by the kernel) or <c>https://host:port</c> (certificate and token).</summary>
    public string Address { get; set; } = string.Empty;

    /// <summary>Bearer token of the TCP listener, base64; null for Unix sockets.</summary>
    public string? Token { get; set; }

    /// <summary>SHA-256 of the manager's certificate, hexadecimal; null for Unix sockets.</summary>
    public string? CertificateSha256 { get; set; }

    /// <summary>Process id of the manager, to tell a stale file.</summary>
    public int ManagerProcessId { get; set; }

    /// <summary>Host of the manager.</summary>
    public string ManagerHost { get; set; } = string.Empty;

    /// <summary>Rowen's version.</summary>
    public string RowenVersion { get; set; } = string.Empty;

    /// <summary>Without the token.</summary>
    public override string ToString() => Address;
}
