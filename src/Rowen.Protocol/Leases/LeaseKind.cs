namespace Rowen.Protocol.Leases;

/// <summary>What a lease is a right to.</summary>
public enum LeaseKind
{
    /// <summary>Cores, on which functions run.</summary>
    Cores = 0,

    /// <summary>Memory alone, which its owner reads and writes from afar; no code runs there.</summary>
    Memory = 1,
}
