using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.UnitTests.Fabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>What every provider promises to threads: real sleep, real time, strangers.</summary>
public abstract class RealFabricContractTests : FabricContractTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(40);
    private static readonly byte[] Token = [.. Enumerable.Range(0, ConnectRequest.TokenSizeBytes).Select(i => (byte)(i * 7))];

    protected override (FabricConnection Initiator, FabricConnection Acceptor) Connect(
        FabricEndpoint initiator, FabricEndpoint acceptor)
    {
        ThreadCall<FabricConnection> accepted = ConnectInBackground(acceptor, initiator, isInitiator: false, Token, Bound);
        FabricConnection opened = initiator.Connect(new ConnectRequest(acceptor.Address, Token, IsInitiator: true, Bound));
        return (opened, accepted.Await("the acceptor"));
    }

    [Fact]
    public void Wrong_token_is_turned_away_and_the_right_one_still_gets_in()
    {
        using FabricEndpoint near = Provider.OpenEndpoint(new EndpointOptions());
        using FabricEndpoint far = Provider.OpenEndpoint(new EndpointOptions());
        ThreadCall<FabricConnection> accepted = ConnectInBackground(far, near, isInitiator: false, Token, Bound);
        byte[] wrong = [.. Token];
        wrong[31] ^= 1;

        Assert.Throws<IOException>(
            () => near.Connect(new ConnectRequest(far.Address, wrong, IsInitiator: true, Bound)));

        using FabricConnection opened = near.Connect(new ConnectRequest(far.Address, Token, IsInitiator: true, Bound));
        accepted.Await("the acceptor").Dispose();
    }

    [Fact]
    public void Waiting_for_a_peer_is_bounded_on_both_sides()
    {
        using FabricEndpoint near = Provider.OpenEndpoint(new EndpointOptions());
        using FabricEndpoint far = Provider.OpenEndpoint(new EndpointOptions());
        TimeSpan little = TimeSpan.FromMilliseconds(100);

        Assert.Throws<TimeoutException>(() => far.Connect(new ConnectRequest(near.Address, Token, IsInitiator: false, little)));
        Assert.Throws<TimeoutException>(() => near.Connect(new ConnectRequest(far.Address, Token, IsInitiator: true, little)));
    }

    [Fact]
    public void Nobody_at_the_address_is_an_error()
    {
        using FabricEndpoint near = Provider.OpenEndpoint(new EndpointOptions());
        FabricEndpoint far = Provider.OpenEndpoint(new EndpointOptions());
        ReadOnlyMemory<byte> address = far.Address.ToArray();
        far.Dispose();

        Assert.Throws<IOException>(() => near.Connect(new ConnectRequest(address, Token, IsInitiator: true, Bound)));
    }

    [Fact]
    public void Break_from_another_thread_wakes_a_sleeper()
    {
        using FabricPair pair = Open();
        ThreadCall<bool> sleeper = SleepUntilSomethingHappens(pair.Near);

        pair.NearEnd.Break();

        Assert.True(sleeper.Await("the sleeper"), "the sleeper was not woken");
        Assert.Equal(CompletionKind.PeerLost, pair.TakeNear().Kind);
    }

    [Fact]
    public void Peers_write_wakes_a_sleeper()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(4096, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, 4096);
        ThreadCall<bool> sleeper = SleepUntilSomethingHappens(pair.Far);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 4096, 3));

        Assert.True(sleeper.Await("the sleeper"), "the sleeper was not woken");
        Assert.Equal(3U, pair.TakeFar().Immediate);
        Assert.Equal(local.Slice(0, 4096), memory.Slice(0, 4096));
    }

    /// <summary>Libraries look after connections on threads of their own: this one has the time to see that the peer has left.</summary>
    [Fact]
    public void Peer_that_leaves_before_its_notifications_are_taken_harms_nobody()
    {
        using FabricPair pair = Open();
        StartWrites(pair, count: 8);
        for (int polls = 0; polls < 2000; polls++)
        {
            pair.Near.Poll(new Completion[1]);
        }

        pair.NearEnd.Dispose();
        Thread.Sleep(200);
        pair.Settle();

        using FabricPair again = Open();
        StartWrites(again, count: 1);
        Assert.Equal(0U, again.TakeFar().Immediate);
    }

    [Fact]
    public void Disposing_an_endpoint_gives_everything_back()
    {
        FabricPair pair = Open();
        (RegisteredMemory memory, _) = pair.ShareFar(4096, MemoryAccess.RemoteWrite);

        pair.Dispose();

        Assert.Equal(0, pair.Far.OutstandingMemoryCount);
        Assert.Throws<ObjectDisposedException>(() => memory.Slice(0, 1).Length);
        pair.Near.Wake();
        pair.NearEnd.Break();
    }

    private protected static ThreadCall<bool> SleepUntilSomethingHappens(FabricEndpoint endpoint) => new(
        () =>
        {
            bool isWoken = false;
            for (int naps = 0; naps < 30 && !isWoken; naps++)
            {
                isWoken = endpoint.Wait(TimeSpan.FromSeconds(1));
            }

            return isWoken;
        });

    private static ThreadCall<FabricConnection> ConnectInBackground(
        FabricEndpoint endpoint, FabricEndpoint peer, bool isInitiator, byte[] token, TimeSpan timeout) => new(
        () => endpoint.Connect(new ConnectRequest(peer.Address, token, isInitiator, timeout)));
}
