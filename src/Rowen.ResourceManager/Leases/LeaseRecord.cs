using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.ResourceManager.Leases;

/// <summary>What survives of a lease when the manager does not.</summary>
internal sealed record LeaseRecord
{
    public LeaseId Id { get; init; }

    public uint Epoch { get; init; }

    public LeaseState State { get; init; }

    /// <summary>What was asked for, cut to what the manager allows.</summary>
    public LeaseAsk Ask { get; init; } = new();

    public NodeId Node { get; init; }

    public string NodeName { get; init; } = string.Empty;

    public int Cores { get; init; }

    public long MemoryBytes { get; init; }

    /// <summary>What client and executor prove to know; gone once the lease has ended.</summary>
    public string Secret { get; init; } = string.Empty;

    /// <summary>Grace of a revocation under way.</summary>
    public long GraceMs { get; init; }

    public ErrorCode EndCode { get; init; }

    public string Reason { get; init; } = string.Empty;

    public LeaseUsage? Used { get; init; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Id} ({State})";
}
