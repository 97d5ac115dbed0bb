using Rowen.Fabric;
using Rowen.Fabric.Simulated;

namespace Rowen.UnitTests.Fabric;

/// <summary>The simulated provider keeps the same promises while its network loses nothing.</summary>
public sealed class SimulatedContractTests : FabricContractTests
{
    private static readonly byte[] Token = new byte[ConnectRequest.TokenSizeBytes];
    private readonly SimulatedNetwork _network = new(seed: 1) { AdvancesOnPoll = true };

    public SimulatedContractTests() => Provider = new SimulatedProvider(_network, _network.AddHost("near"));

    protected override FabricProvider Provider { get; }

    protected override bool IsAllocationFree => false;

    protected override (FabricConnection Initiator, FabricConnection Acceptor) Connect(
        FabricEndpoint initiator, FabricEndpoint acceptor)
    {
        FabricConnection accepted = acceptor.Connect(Request(initiator, isInitiator: false));
        return (initiator.Connect(Request(acceptor, isInitiator: true)), accepted);
    }

    private static ConnectRequest Request(FabricEndpoint peer, bool isInitiator) =>
        new(peer.Address, Token, isInitiator, TimeSpan.FromSeconds(1));
}
