namespace Rowen.Fabric.Simulated;

/// <summary>The fabric of the tests: endpoints on a host of a <see cref="SimulatedNetwork"/>.</summary>
/// <remarks>
/// Keeps the contract of <see cref="FabricConnection"/> and no more: writes overtake each other, and what the network
/// loses is lost without a word, as on a fabric whose peer has died. Thread safety: the network's one thread.
/// </remarks>
public sealed class SimulatedProvider : FabricProvider
{
    private readonly SimulatedNetwork _network;
    private readonly Dictionary<ulong, SimulatedEndpoint> _endpoints = [];
    private ulong _lastAddress;

    /// <summary>Creates the provider of a network; endpoints meet only within one provider.</summary>
    /// <param name="network">The network.</param>
    /// <param name="host">Where endpoints are opened until <see cref="Host"/> is changed.</param>
    public SimulatedProvider(SimulatedNetwork network, SimulatedHost host)
    {
        _network = network;
        Host = host;
    }

    /// <inheritdoc/>
    public override string Name => "sim";

    /// <summary>The host on which the next endpoint is opened.</summary>
    public SimulatedHost Host { get; set; }

    internal SimulatedNetwork Network => _network;

    /// <inheritdoc/>
    public override FabricEndpoint OpenEndpoint(EndpointOptions options)
    {
        var endpoint = new SimulatedEndpoint(this, Host, ++_lastAddress, options.NotificationCount);
        _endpoints.Add(_lastAddress, endpoint);
        return endpoint;
    }

    internal SimulatedEndpoint? FindOrNone(ulong address) => _endpoints.GetValueOrDefault(address);

    internal void Forget(ulong address) => _endpoints.Remove(address);
}
