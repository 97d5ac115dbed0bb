namespace Rowen.Protocol.Harvests;

/// <summary>Stops harvesting, or lets it go on: the body of <c>POST /v1/harvest</c>.</summary>
public sealed record FreezeAsk
{
    /// <summary>True: no new pilots, and all nodes go back. False: on again.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>How long running invocations may still finish, in milliseconds.</summary>
    public long GraceMs { get; set; }
}
