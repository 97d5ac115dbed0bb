using Rowen.Protocol.Leases;

namespace Rowen.Protocol.Usage;

/// <summary>One line of the usage report: a lease and what it used.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Used">Its meters.</param>
public sealed record UsageView(LeaseView Lease, LeaseUsage Used);
