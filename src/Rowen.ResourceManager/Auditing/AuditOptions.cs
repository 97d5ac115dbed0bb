using System.ComponentModel.DataAnnotations;

namespace Rowen.ResourceManager.Auditing;

/// <summary>How much of the past the audit log keeps.</summary>
public sealed class AuditOptions
{
    /// <summary>Bytes of a file of the log, after which the next is begun.</summary>
    /// <value>16 MiB, some 60,000 entries; from 64 KiB to 1 GiB.</value>
    [Range(65_536, 1_073_741_824)]
    public long MaxFileBytes { get; set; } = 16 << 20;

    /// <summary>How many older files are kept beside the one that is written.</summary>
    /// <value>4; from 1 to 1,000.</value>
    [Range(1, 1_000)]
    public int MaxOldFiles { get; set; } = 4;
}
