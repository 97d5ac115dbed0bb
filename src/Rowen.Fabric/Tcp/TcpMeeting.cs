using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rowen.Fabric.Tcp;

/// <summary>How the two sides of a data socket find each other, and keep strangers out.</summary>
internal static class TcpMeeting
{
    private const int MaxAddressBytes = 64;
    private const int Backlog = 16;

    /// <summary>Sockets that have connected and not yet greeted. The oldest goes when one more comes.</summary>
    private const int MaxHalfOpenCount = 16;

    private static readonly TimeSpan MaxGreetingDuration = TimeSpan.FromSeconds(1);

    public static byte[] FormatAddress(IPEndPoint listener) => Encoding.ASCII.GetBytes(listener.ToString());

    /// <summary>Opens a socket for peers to connect to, on a port of the system's choice.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static Socket Listen(EndpointOptions options)
    {
        IPAddress address = options.ListenAddress ?? IPAddress.Loopback;
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            throw new ArgumentException($"Peers cannot connect to {address}: name one address of this machine.", nameof(options));
        }

        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(address, port: 0));
            listener.Listen(Backlog);
            listener.Blocking = false;
            return listener;
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            throw new IOException($"The system refused to listen on {address}: {exception.Message}.", exception);
        }
    }

    /// <summary>Connects to the peer, shows it the token and waits for its consent.</summary>
    public static Socket Initiate(ConnectRequest request)
    {
        IPEndPoint peer = ParseAddress(request.PeerAddress.Span);
        var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            long startedAt = Stopwatch.GetTimestamp();
            Connect(socket, peer, request.Timeout);
            Span<byte> greeting = stackalloc byte[TcpGreeting.SizeBytes];
            TcpGreeting.WriteInitiator(greeting, request.Token.Span);
            socket.Send(greeting);
            AwaitConsent(socket, peer, request.Timeout - Stopwatch.GetElapsedTime(startedAt));
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new IOException($"The peer's endpoint {peer} could not be reached: {exception.Message}.", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the one who knows the token; whoever does not is turned away.</summary>
    public static Socket Accept(Socket listener, ConnectRequest request)
    {
        var halfOpen = new List<HalfOpenSocket>();
        try
        {
            long startedAt = Stopwatch.GetTimestamp();
            while (true)
            {
                TimeSpan left = request.Timeout - Stopwatch.GetElapsedTime(startedAt);
                if (left <= TimeSpan.Zero)
                {
                    throw new TimeoutException($"The peer did not connect within {request.Timeout.TotalSeconds} s.");
                }

                AwaitSomething(listener, halfOpen, left);
                AcceptOne(listener, halfOpen);
                if (TakeFriendOrNone(halfOpen, request.Token.Span) is { } friend)
                {
                    return friend;
                }
            }
        }
        finally
        {
            halfOpen.ForEach(stranger => stranger.Socket.Dispose());
        }
    }

    private static IPEndPoint ParseAddress(ReadOnlySpan<byte> address)
    {
        bool isPeer = IPEndPoint.TryParse(
            address.Length <= MaxAddressBytes ? Encoding.ASCII.GetString(address) : string.Empty, out IPEndPoint? peer);
        return isPeer && peer!.Port != 0
            ? peer
            : throw new ArgumentException("That is no address of an endpoint that listens on TCP.", nameof(address));
    }

    private static void Connect(Socket socket, IPEndPoint peer, TimeSpan timeout)
    {
        socket.Blocking = false;
        try
        {
            socket.Connect(peer);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            if (!socket.Poll(timeout, SelectMode.SelectWrite))
            {
                throw new TimeoutException($"The peer's endpoint {peer} did not answer within {timeout.TotalSeconds} s.");
            }

            if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error and not 0)
            {
                throw new SocketException(error);
            }
        }

        socket.Blocking = true;
    }

    private static void AwaitConsent(Socket socket, IPEndPoint peer, TimeSpan timeout)
    {
        long startedAt = Stopwatch.GetTimestamp();
        Span<byte> consent = stackalloc byte[TcpGreeting.SizeBytes];
        int filled = 0;
        while (filled < consent.Length)
        {
            TimeSpan left = timeout - Stopwatch.GetElapsedTime(startedAt);
            if (left <= TimeSpan.Zero || !socket.Poll(left, SelectMode.SelectRead))
            {
                throw new TimeoutException($"The peer at {peer} accepted no connection in time.");
            }

            int received = socket.Receive(consent[filled..]);
            if (received == 0)
            {
                throw new IOException($"The peer at {peer} closed the connection: it expects another token.");
            }

            filled += received;
        }

        if (!TcpGreeting.IsAcceptor(consent))
        {
            throw new IOException($"Whoever listens at {peer} does not greet as version {TcpFrame.Version} of Rowen's data sockets does.");
        }
    }

    private static void AwaitSomething(Socket listener, List<HalfOpenSocket> halfOpen, TimeSpan timeout)
    {
        foreach (HalfOpenSocket late in halfOpen.Where(each => Stopwatch.GetElapsedTime(each.AcceptedAt) > MaxGreetingDuration))
        {
            late.Socket.Dispose();
        }

        halfOpen.RemoveAll(each => Stopwatch.GetElapsedTime(each.AcceptedAt) > MaxGreetingDuration || each.Socket.SafeHandle.IsClosed);
        List<Socket> readable = [listener, .. halfOpen.Select(each => each.Socket)];
        Socket.Select(readable, null, null, timeout < MaxGreetingDuration ? timeout : MaxGreetingDuration);
    }

    private static void AcceptOne(Socket listener, List<HalfOpenSocket> halfOpen)
    {
        Socket accepted;
        try
        {
            accepted = listener.Accept();
        }
        catch (SocketException)
        {
            return; // nobody there, or gone already
        }

        if (halfOpen.Count == MaxHalfOpenCount)
        {
            halfOpen[0].Socket.Dispose();
            halfOpen.RemoveAt(0);
        }

        accepted.Blocking = false;
        halfOpen.Add(new HalfOpenSocket(accepted, Stopwatch.GetTimestamp()));
    }

    private static Socket? TakeFriendOrNone(List<HalfOpenSocket> halfOpen, ReadOnlySpan<byte> token)
    {
        for (int i = halfOpen.Count - 1; i >= 0; i--)
        {
            HalfOpenSocket each = halfOpen[i];
            if (!each.TryReceive(out bool isOver) && !isOver)
            {
                continue;
            }

            halfOpen.RemoveAt(i);
            if (!isOver && TcpGreeting.IsInitiator(each.Greeting, token) && Consent(each.Socket))
            {
                return each.Socket;
            }

            each.Socket.Dispose();
        }

        return null;
    }

    private static bool Consent(Socket socket)
    {
        Span<byte> consent = stackalloc byte[TcpGreeting.SizeBytes];
        TcpGreeting.WriteAcceptor(consent);
        return socket.Send(consent, SocketFlags.None, out _) == consent.Length;
    }

    private sealed class HalfOpenSocket(Socket socket, long acceptedAt)
    {
        private readonly byte[] _greeting = new byte[TcpGreeting.SizeBytes];
        private int _filled;

        public Socket Socket { get; } = socket;

        public long AcceptedAt { get; } = acceptedAt;

        public ReadOnlySpan<byte> Greeting => _greeting;

        /// <summary>Takes what has come; true once the greeting is whole.</summary>
        public bool TryReceive(out bool isOver)
        {
            int received = Socket.Receive(_greeting.AsSpan(_filled), SocketFlags.None, out SocketError error);
            isOver = error is not (SocketError.Success or SocketError.WouldBlock)
                || (error == SocketError.Success && received == 0);
            _filled += error == SocketError.Success ? received : 0;
            return _filled == _greeting.Length;
        }
    }
}
