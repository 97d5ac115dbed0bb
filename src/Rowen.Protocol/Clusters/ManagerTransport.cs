using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Clusters;

/// <summary>How both forms of manager client reach the manager and make sure that it is the one: socket, user, certificate.</summary>
internal sealed class ManagerTransport(ClusterFile cluster, ManagerClientOptions options)
{
    private const uint RootUser = 0;

    private readonly byte[] _pin = cluster.CertificateSha256 is null ? [] : Convert.FromHexString(cluster.CertificateSha256);

    /// <summary>Who we are, as the header's value.</summary>
    public static string User { get; } = Uri.EscapeDataString(Environment.UserName);

    public ManagerAddress Address { get; } = ManagerAddress.TryParse(cluster.Address, out ManagerAddress? address, out string why)
        ? address
        : throw new RowenException(ErrorCode.BadClusterFile, $"The cluster's address '{cluster.Address}' is of no use: {why}.");

    /// <summary>The credential of TCP listeners, as the header's value; null on Unix sockets, where the kernel vouches.</summary>
    public string? Authorization { get; } = cluster.Token is null ? null : $"Bearer {cluster.Token}";

    /// <summary>The handler below every asynchronous request. Nothing between us and the manager: no proxy, cookie, redirect.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(45), // below the minute after which the manager closes
        MaxResponseHeadersLength = 16, // KiB
        MaxConnectionsPerServer = 4096, // each long poll holds one
        ConnectCallback = async (_, cancellationToken) => await ConnectAsync(cancellationToken).ConfigureAwait(false),
        SslOptions = CreateTlsOptions(),
    };

    public SslClientAuthenticationOptions CreateTlsOptions() => new()
    {
        TargetHost = Address.Root.Host,
        EnabledSslProtocols = SslProtocols.None, // what the system holds for safe
        RemoteCertificateValidationCallback = (_, certificate, _, _) => IsPinned(certificate),
    };

    /// <summary>Connects without the thread pool, within a time.</summary>
    /// <exception cref="SocketException">The manager is not there.</exception>
    public Socket Connect(TimeSpan timeout)
    {
        Socket socket = CreateSocket(out EndPoint peer);
        try
        {
            socket.Blocking = false;
            try
            {
                socket.Connect(peer);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                if (!socket.Poll(timeout, SelectMode.SelectWrite))
                {
                    throw new SocketException((int)SocketError.TimedOut);
                }

                int error = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
                if (error != 0)
                {
                    throw new SocketException(error);
                }
            }

            socket.Blocking = true;
            CheckUser(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The same sentence whoever fails to reach the manager.</summary>
    public RowenException Unreachable(string what, Exception? cause = null) => new(
        ErrorCode.ManagerUnreachable,
        $"The resource manager at {cluster.Address} {what}. Is it running? `rowen up` starts one; leases that are held go on until they expire.",
        cause);

    public RowenException NotAuthenticated(string what, Exception? cause = null) => new(
        ErrorCode.NotAuthenticated, $"The resource manager at {cluster.Address} {what}. The cluster file may be of an older cluster: fetch the current one.", cause);

    public RowenException Malformed(string what) =>
        new(ErrorCode.MalformedMessage, $"What answers at {cluster.Address} is no resource manager of this version: {what}.");

    /// <summary>Turns what the network reports into what a user can act upon.</summary>
    public RowenException Explain(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case RowenException known:
                    return known;
                case AuthenticationException:
                    return NotAuthenticated("shows another certificate than the cluster file names", exception);
                case SocketException socket:
                    return Unreachable($"could not be reached ({Describe(socket.SocketErrorCode)})", exception);
                default:
                    break;
            }
        }

        return exception is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse }
            ? Malformed(exception.Message)
            : Unreachable($"ended the conversation ({exception.Message})", exception);
    }

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "nobody listens there",
        SocketError.AddressNotAvailable => "there is no such socket", // ENOENT, as .NET maps it
        SocketError.TimedOut => "it did not accept the connection in time",
        SocketError.HostNotFound => "its host is not known",
        _ => error.ToString(),
    };

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket socket = CreateSocket(out EndPoint peer);
        try
        {
            await socket.ConnectAsync(peer, cancellationToken).ConfigureAwait(false);
            CheckUser(socket);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Socket CreateSocket(out EndPoint peer)
    {
        if (Address.UnixPath is { } path)
        {
            peer = new UnixDomainSocketEndPoint(path);
            return new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        }

        peer = IPAddress.TryParse(Address.Root.IdnHost, out IPAddress? ip)
            ? new IPEndPoint(ip, Address.Root.Port)
            : new DnsEndPoint(Address.Root.IdnHost, Address.Root.Port);
        return new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    }

    /// <summary>A Unix socket's file may have been replaced: the kernel knows whose process listens.</summary>
    private void CheckUser(Socket socket)
    {
        if (PeerCredentials.TryGet(socket, out PeerCredentials peer)
            && peer.UserId != PeerCredentials.OwnUserId && peer.UserId != RootUser)
        {
            throw NotAuthenticated($"is a process of user {peer.UserId}, not yours");
        }
    }

    private bool IsPinned(X509Certificate? certificate) =>
        certificate is not null && _pin.Length > 0
        && CryptographicOperations.FixedTimeEquals(_pin, certificate.GetCertHash(HashAlgorithmName.SHA256));
}
