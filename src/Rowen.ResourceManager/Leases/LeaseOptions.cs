using System.ComponentModel.DataAnnotations;

namespace Rowen.ResourceManager.Leases;

/// <summary>How long leases live, and how large they may be.</summary>
public sealed class LeaseOptions
{
    /// <summary>The shortest life between renewals; what is asked for below is raised to it.</summary>
    /// <value>1 second; from 100 milliseconds to 1 minute.</value>
    /// <remarks>Below a second, one lost heartbeat would end a lease.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan MinDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest life between renewals; what is asked for above is cut to it.</summary>
    /// <value>1 hour; from 1 second to 24 hours.</value>
    /// <remarks>It bounds how long cores lie idle behind a client that was killed.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long after a lease's end its cores stay held, unless the agent has confirmed the end.</summary>
    /// <value>1 second; from zero to 1 minute.</value>
    /// <remarks>Clocks drift by less than 100 ppm: one second covers leases of more than two hours.</remarks>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Margin { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an agent may take to prepare an executor before the lease ends.</summary>
    /// <value>30 seconds; from 1 second to 10 minutes.</value>
    /// <remarks>A cold start takes milliseconds; a node that swaps may take seconds.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan MaxStartTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest grace of a graceful revocation; what is asked for above is cut to it.</summary>
    /// <value>10 minutes; from zero to 24 hours.</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxGrace { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many leases may live at a time, waiting ones included.</summary>
    /// <value>10,000; from 1 to 1,000,000.</value>
    /// <remarks>Each costs about a kilobyte of memory, and a look four times a second.</remarks>
    [Range(1, 1_000_000)]
    public int MaxCount { get; set; } = 10_000;

    /// <summary>How many ended leases are remembered for <c>rowen leases</c> and <c>rowen usage</c>.</summary>
    /// <value>1,000; from 0 to 1,000,000.</value>
    [Range(0, 1_000_000)]
    public int MaxEndedCount { get; set; } = 1_000;

    /// <summary>Most slots of a lane.</summary>
    /// <value>64; from 1 to 1,024.</value>
    [Range(1, 1_024)]
    public int MaxSlotCount { get; set; } = 64;

    /// <summary>Most payload bytes of a slot; larger payloads go by rendezvous.</summary>
    /// <value>16 MiB; from 64 to 1 GiB.</value>
    [Range(64, 1 << 30)]
    public int MaxSlotBytes { get; set; } = 16 << 20;
}
