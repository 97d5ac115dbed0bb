using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Clusters;

/// <summary>What a manager's refusal means, from its status and body.</summary>
internal static class ManagerRefusal
{
    public static RowenException Explain(ManagerTransport transport, int status, ReadOnlySpan<byte> body)
    {
        if (ProtocolJson.TryRead(body, out ErrorAnswer answer) && answer.Code != ErrorCode.None)
        {
            return answer.ToException();
        }

        return status switch
        {
            401 or 403 => transport.NotAuthenticated($"refuses this user's or this file's credentials (HTTP {status})"),
            503 => transport.Unreachable($"is starting or ending (HTTP {status})"),
            _ => transport.Malformed($"it refused with HTTP {status} and no reason"),
        };
    }
}
