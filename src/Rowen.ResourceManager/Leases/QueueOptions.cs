using System.ComponentModel.DataAnnotations;

namespace Rowen.ResourceManager.Leases;

/// <summary>How many requests may wait for capacity, and for how long.</summary>
public sealed class QueueOptions
{
    /// <summary>How many requests may wait; the next one is refused.</summary>
    /// <value>1,000; from 0 to 100,000.</value>
    [Range(0, 100_000)]
    public int MaxCount { get; set; } = 1_000;

    /// <summary>The longest wait; what is asked for above is cut to it.</summary>
    /// <value>24 hours; from 1 second to 30 days.</value>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromHours(24);
}
