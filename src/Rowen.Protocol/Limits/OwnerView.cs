namespace Rowen.Protocol.Limits;

/// <summary>What one user, or all users of one account, have and may have at a time. A limit that is absent is none.</summary>
public sealed record OwnerView
{
    /// <summary>The user's or account's name.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Whether it is an account.</summary>
    public bool IsAccount { get; set; }

    /// <summary>Whether it gets no lease.</summary>
    public bool IsExcluded { get; set; }

    /// <summary>Cores that are held.</summary>
    public int Cores { get; set; }

    /// <summary>Cores that may be held.</summary>
    public int? MaxCores { get; set; }

    /// <summary>Remote memory that is held, in bytes.</summary>
    public long LentMemoryBytes { get; set; }

    /// <summary>Remote memory that may be held, in bytes.</summary>
    public long? MaxLentMemoryBytes { get; set; }

    /// <summary>Pilots that may be asked for, or held, because of its leases.</summary>
    public int? MaxPilots { get; set; }
}
