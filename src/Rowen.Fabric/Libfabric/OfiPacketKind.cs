namespace Rowen.Fabric.Libfabric;

/// <summary>What an <see cref="OfiPacket"/> is.</summary>
internal enum OfiPacketKind : uint
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>A payload to be copied to its place, and a notification.</summary>
    Payload = 1,

    /// <summary>The notification of a write that is delivered.</summary>
    Delivered = 2,

    /// <summary>The end of a probe, while two ends meet.</summary>
    Probe = 3,
}
