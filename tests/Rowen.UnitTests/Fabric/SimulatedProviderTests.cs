using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.Simulated;

namespace Rowen.UnitTests.Fabric;

public sealed class SimulatedProviderTests
{
    private static readonly byte[] Token = new byte[ConnectRequest.TokenSizeBytes];
    private readonly SimulatedNetwork _network = new(seed: 3) { AdvancesOnPoll = true };
    private readonly SimulatedHost _nearHost;
    private readonly SimulatedHost _farHost;
    private readonly SimulatedProvider _provider;

    public SimulatedProviderTests()
    {
        _nearHost = _network.AddHost("near");
        _farHost = _network.AddHost("far");
        _provider = new SimulatedProvider(_network, _nearHost);
    }

    [Fact]
    public void Writes_overtake_each_other_where_delays_differ()
    {
        using FabricPair pair = Open();
        _network.Conditions = new NetworkConditions { MaxDelay = TimeSpan.FromMilliseconds(10) };

        List<uint> arrived = SendAndCollect(pair, count: 20);

        Assert.NotEqual(arrived.Order(), arrived);
        Assert.Equal(Enumerable.Range(0, 20).Select(number => (uint)number), arrived.Order());
    }

    [Fact]
    public void Lost_writes_are_lost_in_silence()
    {
        using FabricPair pair = Open();
        _network.Conditions = new NetworkConditions { LossRate = 0.5 };

        Assert.InRange(SendAndCollect(pair, count: 40).Count, 5, 35);
    }

    [Fact]
    public void Cut_direction_lets_nothing_through_and_the_other_does()
    {
        using FabricPair pair = Open();
        _network.Cut(_nearHost, _farHost);

        Assert.Empty(SendAndCollect(pair, count: 5));

        RegisteredMemory memory = pair.Near.Register(8, MemoryAccess.RemoteWrite);
        RemoteBlock remote = pair.NearEnd.Share(memory);
        RegisteredMemory local = pair.Far.Register(8, MemoryAccess.None);
        Assert.Equal(FabricStatus.Ok, pair.FarEnd.TryWriteNotify(local, 0, remote, 0, 8, 1));
        Assert.Equal(1U, pair.TakeNear().Immediate);

        _network.Heal();
        Assert.Equal(5, SendAndCollect(pair, count: 5).Count);
    }

    [Fact]
    public void Crashed_host_takes_nothing_even_after_its_restart()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(8, MemoryAccess.RemoteWrite);
        RegisteredMemory local = pair.Near.Register(8, MemoryAccess.None);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 8, 1));

        _farHost.Crash();
        _farHost.Restart();

        pair.Settle();
        Assert.True(pair.IsQuiet);
    }

    [Fact]
    public void Clocks_of_hosts_drift()
    {
        SimulatedHost fast = _network.AddHost("fast", clockRate: 1.01, clockOffset: TimeSpan.FromSeconds(5));

        _network.RunUntil(TimeSpan.FromSeconds(100));

        Assert.Equal(TimeSpan.FromSeconds(106), fast.Clock);
        Assert.Equal(106_000, fast.ClockMs);
        Assert.Equal(TimeSpan.FromSeconds(100), _nearHost.Clock);
    }

    [Fact]
    public void Same_seed_gives_the_same_run()
    {
        List<uint>[] runs = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            var tests = new SimulatedProviderTests();
            using FabricPair pair = tests.Open();
            tests._network.Conditions = new NetworkConditions { MaxDelay = TimeSpan.FromMilliseconds(3), LossRate = 0.2 };
            return SendAndCollect(pair, count: 50);
        })];

        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public void Other_token_is_refused_and_nobody_waiting_is_a_timeout()
    {
        using FabricEndpoint near = _provider.OpenEndpoint(new EndpointOptions());
        using FabricEndpoint far = _provider.OpenEndpoint(new EndpointOptions());
        byte[] other = [1, .. Token.AsSpan(1)];

        Assert.Throws<TimeoutException>(() => near.Connect(Request(far, Token, isInitiator: true)));
        using FabricConnection waiting = far.Connect(Request(near, Token, isInitiator: false));
        Assert.Throws<IOException>(() => near.Connect(Request(far, other, isInitiator: true)));
    }

    private static ConnectRequest Request(FabricEndpoint peer, byte[] token, bool isInitiator) =>
        new(peer.Address, token, isInitiator, TimeSpan.FromSeconds(1));

    private static List<uint> SendAndCollect(FabricPair pair, uint count)
    {
        (_, RemoteBlock remote) = pair.ShareFar(8, MemoryAccess.RemoteWrite);
        RegisteredMemory local = pair.Near.Register(8, MemoryAccess.None);
        for (uint i = 0; i < count; i++)
        {
            Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 8, i));
        }

        var arrived = new List<uint>();
        Completion[] completions = new Completion[4];
        for (int quiet = 0; quiet < 100; quiet++)
        {
            int taken = pair.Far.Poll(completions);
            arrived.AddRange(completions[..taken].Select(completion => completion.Immediate));
            quiet = taken > 0 ? 0 : quiet;
        }

        return arrived;
    }

    private FabricPair Open()
    {
        FabricEndpoint near = _provider.OpenEndpoint(new EndpointOptions());
        _provider.Host = _farHost;
        FabricEndpoint far = _provider.OpenEndpoint(new EndpointOptions());
        FabricConnection farEnd = far.Connect(Request(near, Token, isInitiator: false));
        return new FabricPair(near, far, near.Connect(Request(far, Token, isInitiator: true)), farEnd);
    }
}
