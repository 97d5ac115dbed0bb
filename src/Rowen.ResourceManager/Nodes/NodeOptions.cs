using System.ComponentModel.DataAnnotations;

namespace Rowen.ResourceManager.Nodes;

/// <summary>When a silent node counts as lost, and how many nodes there may be.</summary>
public sealed class NodeOptions
{
    /// <summary>Silence after which a node is shown as suspect and gets no new lease.</summary>
    /// <value>3 seconds (three heartbeats); from 1 second to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan SuspectAfter { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Silence after which a node is lost: its leases end.</summary>
    /// <value>5 seconds; from 1 second to 10 minutes.</value>
    /// <remarks>The bound that clients are promised for the loss of a node.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LostAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many nodes may be there at a time; the next one is refused.</summary>
    /// <value>10,000; from 1 to 100,000.</value>
    [Range(1, 100_000)]
    public int MaxCount { get; set; } = 10_000;

    /// <summary>How many lost or departed nodes are remembered for <c>rowen nodes</c>.</summary>
    /// <value>100; from 0 to 100,000.</value>
    [Range(0, 100_000)]
    public int MaxAbsentCount { get; set; } = 100;

    /// <summary>How many orders may wait for one agent before its stream is cut; it comes back and hears them all again.</summary>
    /// <value>1,024; from 16 to 100,000.</value>
    [Range(16, 100_000)]
    public int MaxQueuedOrders { get; set; } = 1_024;
}
