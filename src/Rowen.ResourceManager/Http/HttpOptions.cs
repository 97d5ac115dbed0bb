using System.ComponentModel.DataAnnotations;

namespace Rowen.ResourceManager.Http;

/// <summary>Bounds of the listeners.</summary>
public sealed class HttpOptions
{
    /// <summary>How many connections may be open at a time.</summary>
    /// <value>16,384; from 16 to 1,000,000.</value>
    /// <remarks>Each agent keeps two, each client a few; those that say nothing are closed after <see cref="MaxIdleTime"/>.</remarks>
    [Range(16, 1_000_000)]
    public int MaxConnections { get; set; } = 16_384;

    /// <summary>How long a connection may stay open without a request.</summary>
    /// <value>1 minute; from 1 second to 1 hour.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxIdleTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the headers of a request, and a TLS handshake, may take.</summary>
    /// <value>10 seconds; from 1 second to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan MaxHeaderTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most bytes of a JSON message.</summary>
    /// <value>1 MiB; from 64 KiB to 64 MiB.</value>
    [Range(65_536, 64 << 20)]
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>Most bytes of a log that an agent posts.</summary>
    /// <value>64 MiB; from 64 KiB to 1 GiB.</value>
    [Range(65_536, 1 << 30)]
    public int MaxLogBytes { get; set; } = 64 << 20;

    /// <summary>How long an agent may take to begin posting a log.</summary>
    /// <value>10 seconds; from 1 second to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan MaxLogDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a node may take to try the fabrics to another.</summary>
    /// <value>40 seconds: above what agents give themselves; from 1 second to 5 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan MaxTrialDelay { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>How long an agent may leave its orders unread in the socket before the stream is cut.</summary>
    /// <value>5 seconds; from 1 second to 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan MaxOrderStall { get; set; } = TimeSpan.FromSeconds(5);
}
