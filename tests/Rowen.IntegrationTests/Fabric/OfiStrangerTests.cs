using System.Net;
using System.Net.Sockets;
using System.Text;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Libfabric;
using Rowen.UnitTests.Fabric;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>A peer that knows the token and speaks nonsense: it harms the connection that it was let in for, and nothing else.</summary>
public sealed class OfiStrangerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(40);
    private static readonly byte[] Token = [.. Enumerable.Range(0, ConnectRequest.TokenSizeBytes).Select(i => (byte)(200 - i))];
    private static readonly OfiProvider Provider = new(new OfiOptions { LibfabricProvider = "tcp;ofi_rxm" });

    [Fact]
    public void Nonsense_at_the_meeting_is_an_error()
    {
        const int seed = 20_261_121;
        var random = new Random(seed);
        using FabricEndpoint far = Provider.OpenEndpoint(new EndpointOptions());
        for (int round = 0; round < 100; round++)
        {
            byte[] bytes = Nonsense(random);
            ThreadCall<Exception> accepted = new(() => Assert.Throws<IOException>(
                () => far.Connect(new ConnectRequest(far.Address, Token, IsInitiator: false, Bound))));
            using Socket stranger = Greet(far);
            stranger.Send(bytes);
            stranger.Shutdown(SocketShutdown.Send);

            Assert.True(accepted.Await("the acceptor").Message.Length > 0, $"seed {seed}, round {round}: {Convert.ToHexString(bytes)}");
        }
    }

    [Fact]
    public void Closed_connection_is_a_loss()
    {
        using FabricEndpoint near = Provider.OpenEndpoint(new EndpointOptions());
        using FabricEndpoint far = Provider.OpenEndpoint(new EndpointOptions());
        ThreadCall<FabricConnection> accepted = new(() => far.Connect(new ConnectRequest(far.Address, Token, IsInitiator: false, Bound)));
        FabricConnection opened = near.Connect(new ConnectRequest(far.Address, Token, IsInitiator: true, Bound));
        using FabricConnection other = accepted.Await("the acceptor");
        other.Tag = FabricPair.FarTag;

        opened.Dispose();

        Assert.True(far.Wait(TimeSpan.FromSeconds(30)));
        Completion[] completions = new Completion[4];
        Assert.Equal(1, far.Poll(completions));
        Assert.Equal(new Completion(CompletionKind.PeerLost, 0, FabricPair.FarTag, 0), completions[0]);
        Assert.EndsWith("lost: the peer has closed the connection", other.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Noise, or frames that are nearly right.</summary>
    private static byte[] Nonsense(Random random)
    {
        byte[] payload = new byte[random.Next(40)];
        random.NextBytes(payload);
        byte[] offer = random.Next(3) == 0 ? payload : [11, .. "tcp;ofi_rxm"u8, .. payload];
        byte kind = (byte)random.Next(7);
        return random.Next(4) == 0 ? payload : [(byte)'R', (byte)'W', 1, kind, (byte)offer.Length, 0, 0, 0, .. offer];
    }

    private static Socket Greet(FabricEndpoint target)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPEndPoint.Parse(Encoding.ASCII.GetString(target.Address.Span)));
        socket.Send([(byte)'R', (byte)'T', 1, 0x80, 0, 0, 0, 0, .. Token]);
        return socket;
    }
}
