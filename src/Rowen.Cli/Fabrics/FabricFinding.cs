namespace Rowen.Cli.Fabrics;

/// <summary>What came of trying one fabric.</summary>
internal sealed record FabricFinding
{
    /// <summary><c>shm</c>, <c>tcp</c>, or <c>ofi</c> with libfabric's provider, and the strategy if it was forced.</summary>
    public required string Fabric { get; init; }

    /// <summary>Why there are no numbers; null if all went well.</summary>
    public string? Problem { get; init; }

    /// <summary>What this end found out with its probe write: over what, and how it notifies the other.</summary>
    public string? Connection { get; init; }

    /// <summary>The same of the other end.</summary>
    public string? PeerConnection { get; init; }

    /// <summary>How long it took to meet, probe writes included.</summary>
    public double? MeetingMs { get; init; }

    /// <summary>Ping-pong of 8 bytes, both ends polling.</summary>
    public double? Hot8Us { get; init; }

    /// <summary>The same with 1 KiB.</summary>
    public double? Hot1KiUs { get; init; }

    /// <summary>The same with 1 MiB.</summary>
    public double? Hot1MiUs { get; init; }

    /// <summary>Ping-pong of 8 bytes, both ends sleeping until they are woken.</summary>
    public double? Warm8Us { get; init; }

    /// <summary>Writes of 1 MiB, 8 in flight, in billions of bytes.</summary>
    public double? GigabytesPerSecond { get; init; }

    /// <summary>How long after <c>kill -9</c> of the other process this end knew.</summary>
    public double? PeerLossMs { get; init; }

    /// <summary>What it may take: 1 s on one machine, 5 s between two.</summary>
    public double PeerLossBoundMs { get; init; }

    /// <summary>Whether the two ends only met and played a short ping-pong.</summary>
    public bool IsBrief { get; init; }

    /// <summary>Whether lanes may take it although nobody asks for it by name.</summary>
    public bool IsTakenUnasked { get; init; }

    /// <summary>Whether all was tried, and the peer's death was seen in time.</summary>
    public bool IsGood => Problem is null && (IsBrief || PeerLossMs <= PeerLossBoundMs);
}
