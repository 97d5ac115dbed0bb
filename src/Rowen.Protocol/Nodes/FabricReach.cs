namespace Rowen.Protocol.Nodes;

/// <summary>Whether one fabric reaches from one node to another.</summary>
public sealed record FabricReach
{
    /// <summary><c>tcp</c>, or <c>ofi</c> with libfabric's provider.</summary>
    public string Fabric { get; set; } = string.Empty;

    /// <summary>Why it does not; null if it does.</summary>
    public string? Problem { get; set; }

    /// <summary>How long the two ends took to meet, probe writes included, in milliseconds.</summary>
    public double? MeetingMs { get; set; }

    /// <summary>8 bytes there and back, both ends polling, in microseconds.</summary>
    public double? Hot8Us { get; set; }
}
