using System.Net;

namespace Rowen.Fabric;

/// <summary>How peers reach an endpoint, and how it waits.</summary>
public sealed record EndpointOptions
{
    /// <summary>The address on which the providers <c>tcp</c> and <c>ofi</c> listen, on a port of the system's choice.</summary>
    /// <value>Null: loopback; nothing outside the machine reaches an endpoint unless somebody says so.</value>
    public IPAddress? ListenAddress { get; init; }

    /// <summary>How many notifications may be under way to this endpoint on one connection.</summary>
    /// <value>64; a power of two from 2 to 4096. Credits of the layer above keep below it.</value>
    public int NotificationCount { get; init; } = 64;
}
