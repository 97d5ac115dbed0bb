using System.Net;
using System.Net.Sockets;
using System.Text;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.Tcp;
using Rowen.UnitTests.Fabric;

namespace Rowen.IntegrationTests.Fabric;

public sealed class TcpContractTests : RealFabricContractTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(40);
    private static readonly byte[] Token = [.. Enumerable.Range(0, ConnectRequest.TokenSizeBytes).Select(i => (byte)(200 - i))];

    protected override FabricProvider Provider { get; } = new TcpProvider();

    [Fact]
    public void Closed_data_socket_is_a_loss_after_what_came_before_it()
    {
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(4096, MemoryAccess.RemoteWrite);
        RegisteredMemory local = Filled(pair.Near, 4096);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, 4096, 3));

        pair.NearEnd.Dispose();

        Assert.Equal(3U, pair.TakeFar().Immediate);
        Assert.Equal(new Completion(CompletionKind.PeerLost, 0, FabricPair.FarTag, 0), pair.TakeFar());
        Assert.True(pair.FarEnd.IsLost);
    }

    [Fact]
    public void What_the_network_takes_no_more_of_is_unsent_until_the_peer_takes_it()
    {
        const int size = 64 << 20; // more than both sockets hold
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(size, MemoryAccess.RemoteWrite);
        RegisteredMemory local = pair.Near.Register(size, MemoryAccess.None);
        Assert.False(pair.NearEnd.HasUnsent);

        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, size, 3));
        Assert.True(pair.NearEnd.HasUnsent);

        Assert.Equal(3U, pair.TakeFar().Immediate);
        Assert.False(pair.NearEnd.HasUnsent);
    }

    [Fact]
    public void Silent_and_babbling_strangers_keep_nobody_out()
    {
        using FabricEndpoint near = OpenNear();
        using FabricEndpoint far = OpenFar();
        var strangers = new List<Socket>();
        for (int i = 0; i < 60; i++)
        {
            strangers.Add(Stranger(far, i % 2 == 0 ? [] : new byte[40]));
        }

        ThreadCall<FabricConnection> accepted = AcceptInBackground(far, far.Address, Token);
        using FabricConnection opened = ConnectNear(near, far.Address, Token, Bound);

        accepted.Await("the acceptor").Dispose();
        strangers.ForEach(stranger => stranger.Dispose());
    }

    [Fact]
    public void Hostile_bytes_end_the_connection_and_nothing_else()
    {
        const int seed = 20_261_121;
        var random = new Random(seed);
        for (int round = 0; round < 200; round++)
        {
            using FabricEndpoint far = OpenFar();
            ThreadCall<FabricConnection> accepted = AcceptInBackground(far, far.Address, Token);
            using Socket stranger = Stranger(far, [(byte)'R', (byte)'T', 1, 0x80, 0, 0, 0, 0, .. Token]);
            using FabricConnection connection = accepted.Await("the acceptor");
            RegisteredMemory memory = far.Register(4096, MemoryAccess.RemoteRead);
            RemoteBlock remote = connection.Share(memory);
            byte[] bytes = Hostile(random, remote);
            stranger.Send(bytes);
            stranger.Shutdown(SocketShutdown.Send);

            Assert.True(EndsWithLoss(far), $"seed {seed}, round {round}: {Convert.ToHexString(bytes)}");
            Assert.False(memory.Slice(0, 4096).ContainsAnyExcept((byte)0), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void More_operations_than_agreed_are_hostile()
    {
        using FabricEndpoint far = OpenFar();
        ThreadCall<FabricConnection> accepted = AcceptInBackground(far, far.Address, Token);
        using Socket stranger = Stranger(far, [(byte)'R', (byte)'T', 1, 0x80, 0, 0, 0, 0, .. Token]);
        using FabricConnection connection = accepted.Await("the acceptor");
        RegisteredMemory memory = far.Register(16 << 20, MemoryAccess.RemoteRead);
        RemoteBlock remote = connection.Share(memory);

        for (ulong i = 1; i <= 65; i++)
        {
            stranger.Send(Frame(3, 0, remote.Key, 0, 16 << 20, i)); // asks, and never takes
        }

        Assert.True(EndsWithLoss(far));
    }

    [Fact]
    public void Memory_given_back_during_a_read_refuses_the_rest()
    {
        const ulong size = 64 << 20;
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(size, MemoryAccess.RemoteRead);
        (_, RemoteBlock small) = pair.ShareFar(4096, MemoryAccess.RemoteRead);
        RegisteredMemory local = pair.Near.Register(size, MemoryAccess.None);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 0, remote, 0, size, 1));
        Completion[] none = new Completion[1];
        for (int polls = 0; polls < 20; polls++)
        {
            Assert.Equal(0, pair.Far.Poll(none)); // fills the socket's buffers
        }

        memory.Return();

        Assert.Equal(new Completion(CompletionKind.Refused, 0, FabricPair.NearTag, 1), pair.TakeNear());
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 0, small, 0, 4096, 2));
        Assert.Equal(new Completion(CompletionKind.Read, 0, FabricPair.NearTag, 2), pair.TakeNear());
    }

    [Fact]
    public void Own_memory_given_back_during_a_write_breaks_the_connection()
    {
        const ulong size = 64 << 20;
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(size, MemoryAccess.RemoteWrite);
        RegisteredMemory local = pair.Near.Register(size, MemoryAccess.None);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryWriteNotify(local, 0, remote, 0, size, 1));

        local.Return();

        Assert.Equal(CompletionKind.PeerLost, pair.TakeNear().Kind);
    }

    [Fact]
    public void Small_write_does_not_wait_for_a_large_read()
    {
        const ulong size = 64 << 20;
        using FabricPair pair = Open();
        (_, RemoteBlock remote) = pair.ShareFar(size, MemoryAccess.RemoteRead);
        RegisteredMemory local = pair.Near.Register(size, MemoryAccess.RemoteWrite);
        RemoteBlock back = pair.NearEnd.Share(local);
        RegisteredMemory source = Filled(pair.Far, 4096);
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.TryRead(local, 0, remote, 0, size, 1));
        Completion[] none = new Completion[1];
        for (int polls = 0; polls < 20; polls++)
        {
            Assert.Equal(0, pair.Far.Poll(none));
        }

        Assert.Equal(FabricStatus.Ok, pair.FarEnd.TryWriteNotify(source, 0, back, 0, 8, 5));

        Assert.Equal(CompletionKind.Notified, pair.TakeNear().Kind);
        Assert.Equal(CompletionKind.Read, pair.TakeNear().Kind);
    }

    [Fact]
    public void Listening_on_every_address_is_refused() => Assert.Throws<ArgumentException>(
        () => Provider.OpenEndpoint(new EndpointOptions { ListenAddress = IPAddress.Any }));

    [Fact]
    public void Listening_on_a_foreign_address_is_an_error_with_that_address()
    {
        IOException exception = Assert.Throws<IOException>(
            () => Provider.OpenEndpoint(new EndpointOptions { ListenAddress = IPAddress.Parse("192.0.2.1") }));
        Assert.Contains("192.0.2.1", exception.Message, StringComparison.Ordinal);
    }

    private static Socket Stranger(FabricEndpoint target, byte[] greeting) => TestedPlace.Near.Do(() => OpenStranger(target, greeting));

    private static Socket OpenStranger(FabricEndpoint target, byte[] greeting)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            socket.Connect(IPEndPoint.Parse(Encoding.ASCII.GetString(target.Address.Span)));
        }
        catch (SocketException)
        {
            // Under way; a full backlog leaves it there.
        }

        if (socket.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectWrite) && greeting.Length > 0)
        {
            socket.Send(greeting, SocketFlags.None, out _);
        }

        socket.Blocking = true;
        return socket;
    }

    private static bool EndsWithLoss(FabricEndpoint endpoint)
    {
        Completion[] completions = new Completion[4];
        for (int polls = 0; polls < 1000; polls++)
        {
            int count = endpoint.Poll(completions);
            if (completions.AsSpan(0, count).ContainsAny(default, new Completion(CompletionKind.PeerLost, 0, 0, 0)))
            {
                return true;
            }

            if (count == 0)
            {
                endpoint.Wait(TimeSpan.FromMilliseconds(100));
            }
        }

        return false;
    }

    /// <summary>Noise, or frames that are nearly right.</summary>
    private static byte[] Hostile(Random random, RemoteBlock remote)
    {
        if (random.Next(4) == 0)
        {
            byte[] noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            return noise;
        }

        byte kind = (byte)random.Next(0, 9);
        ulong key = random.Next(2) == 0 ? remote.Key : (ulong)random.NextInt64();
        ulong offset = random.Next(2) == 0 ? (ulong)random.Next(5000) : (ulong)random.NextInt64() << 1;
        ulong length = random.Next(2) == 0 ? (ulong)random.Next(5000) : (ulong)random.NextInt64() << 1;
        byte[] frame = Frame(kind, (uint)random.Next(2), key, offset, length, (ulong)random.Next(3));
        byte[] payload = new byte[random.Next(6000)];
        random.NextBytes(payload);
        return [.. frame, .. payload];
    }

    private static byte[] Frame(byte kind, uint immediate, ulong key, ulong offset, ulong length, ulong operation) =>
    [
        (byte)'R', (byte)'T', 1, kind,
        .. BitConverter.GetBytes(immediate),
        .. BitConverter.GetBytes(key),
        .. BitConverter.GetBytes(offset),
        .. BitConverter.GetBytes(length),
        .. BitConverter.GetBytes(operation),
    ];
}
