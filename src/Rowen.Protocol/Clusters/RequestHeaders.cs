namespace Rowen.Protocol.Clusters;

/// <summary>Names of headers that requests to a manager have beside HTTP's own.</summary>
public static class RequestHeaders
{
    /// <summary>Whose the request is, by the client's own word. The manager believes the kernel more where that can tell.</summary>
    public const string User = "Rowen-User";
}
