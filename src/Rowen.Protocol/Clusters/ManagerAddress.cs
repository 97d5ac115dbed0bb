using System.Diagnostics.CodeAnalysis;

namespace Rowen.Protocol.Clusters;

/// <summary>Where a manager listens: the path of a Unix socket, or host and port.</summary>
internal sealed record ManagerAddress
{
    private const string UnixPrefix = "unix:";
    private const int MaxUnixPathBytes = 107; // sun_path of the kernel, less its final zero

    private ManagerAddress(string? unixPath, Uri root)
    {
        UnixPath = unixPath;
        Root = root;
    }

    /// <summary>The socket's path, or null.</summary>
    public string? UnixPath { get; }

    /// <summary>What requests are relative to; for Unix sockets a name that is never resolved.</summary>
    public Uri Root { get; }

    public static bool TryParse(string address, [NotNullWhen(true)] out ManagerAddress? result, out string why)
    {
        result = null;
        if (address.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            string path = address[UnixPrefix.Length..];
            why = DescribeDefectOfPath(path);
            result = why.Length == 0 ? new ManagerAddress(path, new Uri("http://rowen")) : null;
            return result is not null;
        }

        bool isHttps = Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            && uri.Scheme == Uri.UriSchemeHttps && uri.Host.Length > 0 && uri.UserInfo.Length == 0 && uri.PathAndQuery == "/";
        why = isHttps ? string.Empty : "an address is unix:/path/to/socket or https://host:port";
        result = isHttps ? new ManagerAddress(null, uri!) : null;
        return isHttps;
    }

    private static string DescribeDefectOfPath(string path)
    {
        if (!Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            return "the path of a Unix socket is absolute";
        }

        return System.Text.Encoding.UTF8.GetByteCount(path) > MaxUnixPathBytes
            ? $"the kernel takes at most {MaxUnixPathBytes} bytes as the path of a Unix socket"
            : string.Empty;
    }
}
