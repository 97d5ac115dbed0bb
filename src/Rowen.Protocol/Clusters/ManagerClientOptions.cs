namespace Rowen.Protocol.Clusters;

/// <summary>How long a <see cref="ManagerClient"/> waits, and for how much.</summary>
public sealed record ManagerClientOptions
{
    /// <summary>Bound of connecting, TLS included.</summary>
    /// <value>2 seconds: a listener that lives accepts within milliseconds, also across a campus.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Bound of a request; long polls get it on top of what they ask for.</summary>
    /// <value>10 seconds: far above a group commit on a slow disk.</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stream (orders, packages, logs) may say nothing.</summary>
    /// <value>5 seconds: five heartbeats.</value>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest answer that is read into memory, in bytes. Packages and logs are streamed and not meant.</summary>
    /// <value>16 MiB: the views of more than 20,000 leases.</value>
    public int MaxAnswerBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
