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

    protected override FabricEndpoint OpenNear() => OpenAt(TestedPlace.Near);

    protected override FabricEndpoint OpenFar() => OpenAt(TestedPlace.Far);

    protected override (FabricConnection Initiator, FabricConnection Acceptor) Connect(
        FabricEndpoint initiator, FabricEndpoint acceptor)
    {
        ThreadCall<FabricConnection> accepted = AcceptInBackground(acceptor, initiator.Address, Token);
        FabricConnection opened = ConnectNear(initiator, acceptor.Address, Token, Bound);
        return (opened, accepted.Await("the acceptor"));
    }

    [Fact]
    public void Wrong_token_is_turned_away_and_the_right_one_still_gets_in()
    {
        using FabricEndpoint near = OpenNear();
        using FabricEndpoint far = OpenFar();
        ThreadCall<FabricConnection> accepted = AcceptInBackground(far, near.Address, Token);
        byte[] wrong = [.. Token];
        wrong[31] ^= 1;

        Assert.Throws<IOException>(() => ConnectNear(near, far.Address, wrong, Bound));

        using FabricConnection opened = ConnectNear(near, far.Address, Token, Bound);
        accepted.Await("the acceptor").Dispose();
    }

    [Fact]
    public void Waiting_for_a_peer_is_bounded_on_both_sides()
    {
        using FabricEndpoint near = OpenNear();
        using FabricEndpoint far = OpenFar();
        TimeSpan little = TimeSpan.FromMilliseconds(100);

        Assert.Throws<TimeoutException>(() => AcceptFar(far, near.Address, Token, little));
        Assert.Throws<TimeoutException>(() => ConnectNear(near, far.Address, Token, little));
    }

    [Fact]
    public void Nobody_at_the_address_is_an_error()
    {
        using FabricEndpoint near = OpenNear();
        FabricEndpoint far = OpenFar();
        ReadOnlyMemory<byte> address = far.Address.ToArray();
        far.Dispose();

        Assert.Throws<IOException>(() => ConnectNear(near, address, Token, Bound));
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

    /// <summary>Accepts a connection where the far side stands.</summary>
    private protected static ThreadCall<FabricConnection> AcceptInBackground(FabricEndpoint far, ReadOnlyMemory<byte> peer, byte[] token) =>
        new(() => AcceptFar(far, peer, token, Bound));

    private protected static FabricConnection ConnectNear(FabricEndpoint near, ReadOnlyMemory<byte> peer, byte[] token, TimeSpan timeout) =>
        TestedPlace.Near.Do(() => near.Connect(new ConnectRequest(peer, token, IsInitiator: true, timeout)));

    private static FabricConnection AcceptFar(FabricEndpoint far, ReadOnlyMemory<byte> peer, byte[] token, TimeSpan timeout) =>
        TestedPlace.Far.Do(() => far.Connect(new ConnectRequest(peer, token, IsInitiator: false, timeout)));

    private FabricEndpoint OpenAt(TestedPlace place) =>
        place.Do(() => Provider.OpenEndpoint(new EndpointOptions { ListenAddress = place.Address }));
}
