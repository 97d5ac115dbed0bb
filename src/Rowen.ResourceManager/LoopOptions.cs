using System.ComponentModel.DataAnnotations;

namespace Rowen.ResourceManager;

/// <summary>Bounds of the loop that owns the lease table.</summary>
public sealed class LoopOptions
{
    /// <summary>How many calls may wait for the loop; callers beyond wait outside.</summary>
    /// <value>4,096; from 16 to 1,000,000.</value>
    [Range(16, 1_000_000)]
    public int MaxQueuedCalls { get; set; } = 4_096;

    /// <summary>How many calls share one commit.</summary>
    /// <value>512; from 1 to 100,000.</value>
    /// <remarks>While a commit waits for the disk, the next batch gathers.</remarks>
    [Range(1, 100_000)]
    public int MaxBatch { get; set; } = 512;

    /// <summary>How often time is looked at while leases or nodes are there.</summary>
    /// <value>250 milliseconds; from 10 milliseconds to 1 second.</value>
    /// <remarks>The promised bounds are seconds; four looks a second cost nothing that could be measured.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:00:01")]
    public TimeSpan TickPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long to wait before a failed disk is tried again.</summary>
    /// <value>1 second; from 10 milliseconds to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan StorageRetryPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long agents have to drain and leave when the cluster is taken down.</summary>
    /// <value>15 seconds; from 1 second to 10 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LeaveBound { get; set; } = TimeSpan.FromSeconds(15);
}
