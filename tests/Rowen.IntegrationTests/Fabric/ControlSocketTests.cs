using System.Net.Sockets;
using System.Security.Cryptography;
using Rowen.Fabric.ControlSockets;

namespace Rowen.IntegrationTests.Fabric;

public sealed class ControlSocketTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Socket _stranger;
    private readonly ControlSocket _control;
    private readonly Socket _silent;
    private readonly ControlSocket _impatient;

    public ControlSocketTests()
    {
        (_stranger, _control) = Pair(TimeProvider.System);
        (_silent, _impatient) = Pair(new FastTimeProvider(10));
    }

    public void Dispose()
    {
        _control.Dispose();
        _stranger.Dispose();
        _impatient.Dispose();
        _silent.Dispose();
    }

    [Fact]
    public void Messages_arrive_in_order_and_whole()
    {
        byte[] large = RandomNumberGenerator.GetBytes(ControlFrame.MaxPayloadBytes);
        (Socket left, ControlSocket receiver) = Pair(TimeProvider.System);
        using var sender = new ControlSocket(left, TimeProvider.System);
        using (receiver)
        {
            var sent = new ThreadCall<bool>(() => sender.Send(1, [5, 6]) && sender.Send(2, []) && sender.Send(3, large));

            Assert.Equal(ControlSocketEnd.None, receiver.Receive(Bound, out byte kind, out ReadOnlySpan<byte> payload));
            Assert.Equal(1, kind);
            Assert.Equal([5, 6], payload.ToArray());
            Assert.Equal(ControlSocketEnd.None, receiver.Receive(Bound, out kind, out payload));
            Assert.Equal(2, kind);
            Assert.True(payload.IsEmpty);
            Assert.Equal(ControlSocketEnd.None, receiver.Receive(Bound, out kind, out payload));
            Assert.Equal(3, kind);
            Assert.True(payload.SequenceEqual(large));
            Assert.True(sent.Await("the sender"));
        }
    }

    [Fact]
    public void More_than_may_be_sent_is_a_mistake_of_ours() => Assert.Throws<ArgumentOutOfRangeException>(
        () => _control.Send(1, new byte[ControlFrame.MaxPayloadBytes + 1]));

    [Fact]
    public void Peers_end_ends_the_conversation()
    {
        ThreadCall<ControlSocketEnd> run = RunInBackground();

        _stranger.Dispose();

        Assert.Equal(ControlSocketEnd.PeerClosed, run.Await("the conversation"));
        Assert.False(_control.Send(1, [1]));
    }

    [Fact]
    public void Own_close_ends_the_conversation()
    {
        ThreadCall<ControlSocketEnd> run = RunInBackground();

        _control.Close();

        Assert.Equal(ControlSocketEnd.Closed, run.Await("the conversation"));
    }

    [Fact]
    public void Silent_peer_counts_as_dead() =>
        Assert.Equal(ControlSocketEnd.PeerSilent, RunInBackground(_impatient).Await("the conversation"));

    [Fact]
    public void Peer_that_trickles_a_frame_counts_as_dead()
    {
        ThreadCall<ControlSocketEnd> run = RunInBackground(_impatient);
        byte[] frame = new byte[ControlFrame.SizeBytes];
        new ControlFrame(1, 1, 1000).Write(frame);
        _silent.Send(frame);
        using var stop = new CancellationTokenSource();
        var trickle = new ThreadCall<bool>(() => Trickle(stop.Token));

        Assert.Equal(ControlSocketEnd.PeerSilent, run.Await("the conversation"));
        stop.Cancel();
        trickle.Await("the trickle");
    }

    [Fact]
    public void Silence_bounds_a_handshake_too()
    {
        Assert.Equal(ControlSocketEnd.PeerSilent, _impatient.Receive(TimeSpan.FromSeconds(1), out _, out _));
        Assert.False(_impatient.IsReadable(TimeSpan.Zero));
    }

    [Theory]
    [InlineData("485454502F312E31")] // HTTP/1.1
    [InlineData("5257010101001000")] // more than 1 MiB
    [InlineData("0000000000000000")]
    public void Bytes_that_are_no_frame_end_the_conversation(string hex)
    {
        ThreadCall<ControlSocketEnd> run = RunInBackground();

        _stranger.Send(Convert.FromHexString(hex));

        Assert.Equal(ControlSocketEnd.Garbage, run.Await("the conversation"));
    }

    [Fact]
    public void Peer_of_another_version_is_named()
    {
        ThreadCall<ControlSocketEnd> run = RunInBackground();

        _stranger.Send(Convert.FromHexString("5257030100000000"));

        Assert.Equal(ControlSocketEnd.OtherVersion, run.Await("the conversation"));
        Assert.Equal(3, _control.PeerVersion);
    }

    [Fact]
    public void Whoever_hears_much_still_says_that_it_lives()
    {
        (Socket stranger, ControlSocket control) = Pair(new FastTimeProvider(3)); // a talker that gets no turn for a second is no silent one yet
        using IDisposable both = control;
        ThreadCall<ControlSocketEnd> run = RunInBackground(control);
        byte[] message = new byte[ControlFrame.SizeBytes];
        new ControlFrame(1, 1, 0).Write(message);
        using var stop = new CancellationTokenSource();
        var talk = new ThreadCall<bool>(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                stranger.Send(message);
                stop.Token.WaitHandle.WaitOne(1);
            }

            return true;
        });
        byte[] heartbeat = new byte[ControlFrame.SizeBytes];
        stranger.ReceiveTimeout = (int)Bound.TotalMilliseconds;
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(heartbeat.Length, stranger.Receive(heartbeat));
            Assert.Equal("5257010000000000", Convert.ToHexString(heartbeat));
        }

        stop.Cancel();
        talk.Await("the talk");
        stranger.Dispose();
        Assert.Equal(ControlSocketEnd.PeerClosed, run.Await("the conversation"));
    }

    [Fact]
    public void Peer_that_takes_nothing_blocks_a_sender_for_a_bounded_time()
    {
        byte[] large = new byte[ControlFrame.MaxPayloadBytes];
        var sender = new ThreadCall<bool>(() =>
        {
            while (_impatient.Send(1, large))
            {
            }

            return true;
        });

        Assert.True(sender.Await("the sender"));
    }

    [Fact]
    public void Sending_after_the_end_is_no_error()
    {
        _control.Dispose();

        Assert.False(_control.Send(1, [1]));
        _control.Close();
    }

    [Fact]
    public void Hostile_bytes_end_the_conversation_and_nothing_else()
    {
        const int seed = 20_261_122;
        var random = new Random(seed);
        for (int round = 0; round < 300; round++)
        {
            (Socket stranger, ControlSocket control) = Pair(TimeProvider.System);
            using (stranger)
            using (control)
            {
                byte[] bytes = new byte[random.Next(1, 100)];
                random.NextBytes(bytes);
                if (random.Next(2) == 0)
                {
                    new ControlFrame(1, (byte)random.Next(256), random.Next(200)).Write(bytes.Length >= 8 ? bytes : bytes = new byte[8]);
                }

                stranger.Send(bytes);
                stranger.Shutdown(SocketShutdown.Send);
                ControlSocketEnd end = control.Run((_, _) => { });
                Assert.True(
                    end is ControlSocketEnd.PeerClosed or ControlSocketEnd.Garbage or ControlSocketEnd.OtherVersion,
                    $"seed {seed}, round {round}: {end} after {Convert.ToHexString(bytes)}");
            }
        }
    }

    private static (Socket Stranger, ControlSocket Control) Pair(TimeProvider time)
    {
        string name = "\0rowen-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(name));
        listener.Listen(1);
        var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stranger.Connect(new UnixDomainSocketEndPoint(name));
        return (stranger, new ControlSocket(listener.Accept(), time));
    }

    private ThreadCall<ControlSocketEnd> RunInBackground() => RunInBackground(_control);

    private static ThreadCall<ControlSocketEnd> RunInBackground(ControlSocket control) => new(() => control.Run((_, _) => { }));

    private bool Trickle(CancellationToken token)
    {
        for (int i = 0; i < 900 && !token.IsCancellationRequested; i++)
        {
            if (_silent.Send([0], SocketFlags.None, out _) != 1)
            {
                break;
            }

            token.WaitHandle.WaitOne(20);
        }

        return true;
    }

    /// <summary>Several seconds in one: with ten, what takes the product five takes the test half of one.</summary>
    private sealed class FastTimeProvider(int factor) : TimeProvider
    {
        public override long GetTimestamp() => factor * base.GetTimestamp();
    }
}
