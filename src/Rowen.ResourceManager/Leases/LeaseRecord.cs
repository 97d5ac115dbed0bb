using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.ResourceManager.Leases;

/// <summary>What survives of a lease when the manager does not.</summary>
internal sealed record LeaseRecord
{
    public LeaseId Id { get; set; }

    public uint Epoch { get; set; }

    public LeaseState State { get; set; }

    /// <summary>What was asked for, cut to what the manager allows.</summary>
    public LeaseAsk Ask { get; set; } = new();

    public NodeId Node { get; set; }

    public string NodeName { get; set; } = string.Empty;

    public string BatchJob { get; set; } = string.Empty;

    /// <summary>The leases that were granted together with it, itself included.</summary>
    public IReadOnlyList<LeaseId>? Group { get; set; }

    public int Cores { get; set; }

    public long MemoryBytes { get; set; }

    /// <summary>What client and executor prove to know; gone once the lease has ended.</summary>
    public string Secret { get; set; } = string.Empty;

    /// <summary>Grace of a revocation under way.</summary>
    public long GraceMs { get; set; }

    public ErrorCode EndCode { get; set; }

    public string Reason { get; set; } = string.Empty;

    public LeaseUsage? Used { get; set; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Id} ({State})";
}
