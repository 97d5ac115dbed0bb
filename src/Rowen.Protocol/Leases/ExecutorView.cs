namespace Rowen.Protocol.Leases;

/// <summary>
/// How a lease's owner reaches its executor: the answer of <c>GET /v1/leases/L42/executor?waitMs=…</c>, once the
/// lease is <see cref="LeaseState.Active"/>.
/// </summary>
/// <param name="Addresses">
/// Where its session socket listens, best first: <c>unix:@name</c> (abstract socket on the same machine) or <c>tcp:host:port</c>.
/// </param>
/// <param name="Secret">32 bytes, base64: what both ends prove to know. Accepted once.</param>
public sealed record ExecutorView(IReadOnlyList<string> Addresses, string Secret)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => string.Join(", ", Addresses);
}
