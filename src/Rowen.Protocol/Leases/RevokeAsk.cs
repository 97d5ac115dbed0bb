namespace Rowen.Protocol.Leases;

/// <summary>Takes a lease back: the body of <c>POST /v1/leases/L42/revoke</c>.</summary>
/// <param name="GraceMs">How long running invocations may still finish, in milliseconds; 0 ends it at once.</param>
/// <param name="Why">A sentence for the client.</param>
public sealed record RevokeAsk(long GraceMs, string Why);
