using System.ComponentModel.DataAnnotations;

namespace Rowen.ResourceManager.CodePackages;

/// <summary>How much room code packages may take.</summary>
public sealed class PackageOptions
{
    /// <summary>Most bytes of one package, unpacked.</summary>
    /// <value>512 MiB; from 1 MiB to 64 GiB.</value>
    [Range(1L << 20, 64L << 30)]
    public long MaxPackageBytes { get; set; } = 512L << 20;

    /// <summary>Most files of one package.</summary>
    /// <value>20,000; from 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int MaxPackageFiles { get; set; } = 20_000;

    /// <summary>Most bytes of all packages; those that were not used for longest are removed first.</summary>
    /// <value>4 GiB; from 1 MiB to 1 TiB.</value>
    /// <remarks>A removed package is no loss: its client sends it again.</remarks>
    [Range(1L << 20, 1L << 40)]
    public long MaxTotalBytes { get; set; } = 4L << 30;

    /// <summary>How many packages may be on their way in at a time.</summary>
    /// <value>8; from 1 to 1,000.</value>
    [Range(1, 1_000)]
    public int MaxIncoming { get; set; } = 8;
}
