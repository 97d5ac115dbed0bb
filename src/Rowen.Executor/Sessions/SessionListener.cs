using System.Net;
using System.Net.Sockets;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Executor.Sessions;

/// <summary>Takes owners of leases, who know their lease's secret, and nobody else.</summary>
/// <remarks>
/// It listens as long as the executor lives, whichever lease that serves: a lease costs no socket and no thread.
/// Strangers cost a bounded number of threads for a bounded time; on this machine, other users not even that.
/// </remarks>
internal sealed class SessionListener : IDisposable
{
    private const int MaxHandshakes = 8;

    private readonly Action<ControlSocket> _serve;
    private readonly List<Socket> _listeners = [];
    private ParkedThread? _first = new("rowen-session"); // for the lease's owner, most likely
    private int _handshakes;
    private volatile bool _isDisposed;

    /// <summary>Listens for owners on this machine, and on others.</summary>
    /// <param name="address">Where owners on other machines reach this one; null: they do not.</param>
    /// <param name="serve">Serves one connection, on a thread of its own.</param>
    public SessionListener(IPAddress? address, Action<ControlSocket> serve)
    {
        _serve = serve;
        string name = SocketName.Create();
        Listen(AddressFamily.Unix, ProtocolType.Unspecified, new UnixDomainSocketEndPoint("\0" + name));
        Addresses = [$"unix:@{name}"];
        if (address is not null)
        {
            Socket listener = Listen(address.AddressFamily, ProtocolType.Tcp, new IPEndPoint(address, port: 0));
            Addresses = [.. Addresses, $"tcp:{listener.LocalEndPoint}"];
        }
    }

    /// <summary>Where it listens, best first.</summary>
    public IReadOnlyList<string> Addresses { get; }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }
    }

    private Socket Listen(AddressFamily family, ProtocolType protocol, EndPoint endPoint)
    {
        var listener = new Socket(family, SocketType.Stream, protocol);
        listener.Bind(endPoint);
        listener.Listen(backlog: 64);
        _listeners.Add(listener);
        new Thread(() => Accept(listener)) { Name = "rowen-accept", IsBackground = true }.Start();
        return listener;
    }

    private void Accept(Socket listener)
    {
        while (!_isDisposed)
        {
            Socket socket;
            try
            {
                socket = listener.Accept();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                if (_isDisposed)
                {
                    return;
                }

                Thread.Yield(); // out of file descriptors, or a peer that left the queue: go on
                continue;
            }

            if (IsStranger(socket) || Interlocked.Increment(ref _handshakes) > MaxHandshakes)
            {
                Interlocked.Decrement(ref _handshakes);
                socket.Dispose();
                continue;
            }

            (Interlocked.Exchange(ref _first, null) ?? new ParkedThread("rowen-session")).Run(() => Serve(socket));
        }
    }

    /// <summary>Other users of this machine are turned away before they can say anything.</summary>
    private static bool IsStranger(Socket socket) =>
        socket.AddressFamily == AddressFamily.Unix && (!PeerCredentials.TryGet(socket, out PeerCredentials peer) || peer.UserId != PeerCredentials.OwnUserId);

    private void Serve(Socket socket)
    {
        try
        {
            using var control = new ControlSocket(socket, TimeProvider.System);
            _serve(control);
        }
        finally
        {
            Interlocked.Decrement(ref _handshakes);
        }
    }
}
