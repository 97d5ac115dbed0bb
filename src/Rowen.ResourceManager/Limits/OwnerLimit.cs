namespace Rowen.ResourceManager.Limits;

/// <summary>What one owner may have at a time, as a file of limits says it. Null: as much as there is.</summary>
internal record OwnerLimit
{
    /// <summary>Beyond any cluster; keeps sums far from overflow.</summary>
    private const int MaxNumber = 100_000_000;

    /// <summary>Cores of all its leases.</summary>
    public int? Cores { get; set; }

    /// <summary>Memory of all its leases on memory, in bytes.</summary>
    public long? LentMemoryBytes { get; set; }

    /// <summary>Nodes of the batch system that are asked for, or held, because of its leases.</summary>
    public int? Pilots { get; set; }

    /// <summary>It gets no lease.</summary>
    public bool IsExcluded { get; set; }

    /// <summary>Which number is out of range; null: none.</summary>
    public string? FindFault() =>
        Cores is < 0 or > MaxNumber ? "cores" : LentMemoryBytes is < 0 or > 1L << 60 ? "lentMemoryBytes" : Pilots is < 0 or > MaxNumber ? "pilots" : null;
}
