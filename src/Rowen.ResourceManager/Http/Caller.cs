using Rowen.Protocol.Clusters;
using Rowen.ResourceManager.Leases;

namespace Rowen.ResourceManager.Http;

/// <summary>Whose a request is.</summary>
/// <remarks>
/// The Unix socket admits the manager's own user alone, and the kernel vouches. Over TLS it is what the client says: the token proves that it
/// may call, not who it is. Functions run as the manager's user and can read the token, so that a token for each user would prove no more.
/// </remarks>
internal static class Caller
{
    private const int MaxLength = 64;

    public static string UserOf(HttpContext context)
    {
        if (context.Features.Get<TrustedPeer>() is not null)
        {
            return Environment.UserName;
        }

        string claimed = Uri.UnescapeDataString((string?)context.Request.Headers[RequestHeaders.User] ?? string.Empty);
        return claimed.Length == 0 ? "unknown" : LeaseAskRules.Printable(claimed, MaxLength);
    }
}
