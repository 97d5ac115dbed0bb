namespace Rowen.ResourceManager.CodePackages;

/// <summary>What the store knows of a package on its disk.</summary>
internal sealed class StoredPackage(long bytes)
{
    public long Bytes { get; } = bytes;

    /// <summary>Who reads it right now.</summary>
    public int ReaderCount { get; set; }

    /// <summary>Timestamp of the last use; only their order counts.</summary>
    public long UsedAt { get; set; }
}
