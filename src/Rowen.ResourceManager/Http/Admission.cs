using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Http;

/// <summary>Who may talk to the manager: the same user on the Unix socket, whoever has the token over TLS.</summary>
/// <param name="token">The token, base64.</param>
/// <param name="logger">Hears of strangers.</param>
internal sealed class Admission(string token, ILogger<Admission> logger)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _tokenHash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Lets a connection to the Unix socket in if the kernel says that its user is ours.</summary>
    public Task AdmitConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        PeerCredentials peer = default;
        bool isKnown = connection.Features.Get<IConnectionSocketFeature>() is { } feature
            && PeerCredentials.TryGet(feature.Socket, out peer);
        if (!isKnown || peer.UserId != PeerCredentials.OwnUserId)
        {
            HttpLog.StrangerOnSocket(logger, peer.UserId);
            connection.Abort(new ConnectionAbortedException("The manager's socket is for its own user only."));
            return Task.CompletedTask;
        }

        connection.Features.Set(new TrustedPeer());
        return next(connection);
    }

    /// <summary>Lets a request in if its connection is trusted, or it brings the token.</summary>
    public Task AdmitRequestAsync(HttpContext context, RequestDelegate next) =>
        context.Features.Get<TrustedPeer>() is not null || HasToken(context.Request.Headers.Authorization)
            ? next(context)
            : Refusals.RefuseAsync(context, new ErrorAnswer(
                ErrorCode.NotAuthenticated,
                "The manager refused the call: the token is missing or wrong. The cluster file may be of an older manager; get the present one."));

    /// <summary>Compares hashes, so that neither content nor length of the token shows in the time that it takes.</summary>
    private bool HasToken(string? header) =>
        header is not null && header.StartsWith(Scheme, StringComparison.Ordinal)
        && CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..])), _tokenHash);
}
