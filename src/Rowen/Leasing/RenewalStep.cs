using Rowen.Protocol.Identifiers;

namespace Rowen.Leasing;

/// <summary>What the keeper of leases is to do next.</summary>
/// <param name="Lease">About which lease; none if there is nothing to do.</param>
/// <param name="DueAt">When.</param>
/// <param name="Act">What.</param>
/// <param name="Timeout">How long a renewal may take.</param>
internal readonly record struct RenewalStep(LeaseId Lease, TimeSpan DueAt, RenewalAct Act, TimeSpan Timeout)
{
    public static RenewalStep Nothing { get; } = new(default, TimeSpan.MaxValue, RenewalAct.Renew, default);
}
