using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Nodes;

/// <summary>A lease that an agent serves, as it tells a manager.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Epoch">The epoch of the last order about it.</param>
/// <param name="Addresses">Where its executor listens; empty while it is being prepared.</param>
public sealed record ServedLease(LeaseId Lease, uint Epoch, IReadOnlyList<string> Addresses);
