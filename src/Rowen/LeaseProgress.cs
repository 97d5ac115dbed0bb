using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen;

/// <summary>Where a request for a lease stands.</summary>
/// <param name="Lease">The lease that it will be.</param>
/// <param name="State">Waiting, starting, active.</param>
/// <param name="Reason">What it waits for, in a sentence; empty if it waits for nothing.</param>
public readonly record struct LeaseProgress(LeaseId Lease, LeaseState State, string Reason);
