namespace Rowen.Protocol.CodePackages;

/// <summary>The largest code package that a side accepts.</summary>
/// <remarks>
/// The defaults hold a self-contained .NET program (70 MiB, 200 files) or a scientific Python environment with room to
/// spare, and keep a mistaken home folder from being hashed and sent.
/// </remarks>
public sealed record CodePackageLimits
{
    /// <summary>The defaults.</summary>
    public static CodePackageLimits Default { get; } = new();

    /// <summary>Most files of a package; 20,000 by default.</summary>
    public int MaxFileCount { get; init; } = 20_000;

    /// <summary>Most bytes of one file; 512 MiB by default.</summary>
    public long MaxFileBytes { get; init; } = 512L << 20;

    /// <summary>Most bytes of all files together; 512 MiB by default.</summary>
    public long MaxTotalBytes { get; init; } = 512L << 20;
}
