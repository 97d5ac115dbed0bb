using System.Net;
using System.Net.Sockets;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Executors;

namespace Rowen.Executor.Sessions;

/// <summary>Takes the lease's owner, who knows the secret, and nobody else.</summary>
/// <remarks>Strangers cost a bounded number of threads for a bounded time; on this machine, other users not even that.</remarks>
internal sealed class SessionListener : IDisposable
{
    private const int MaxHandshakes = 8;

    private readonly ExecutorAssignment _assignment;
    private readonly Action<ControlSocket> _serve;
    private readonly List<Socket> _listeners = [];
    private readonly List<string> _addresses = [];
    private int _handshakes;
    private volatile bool _isDisposed;

    public SessionListener(ExecutorAssignment assignment, Action<ControlSocket> serve)
    {
        _assignment = assignment;
        _serve = serve;
        string name = SocketName.Create();
        Listen(AddressFamily.Unix, ProtocolType.Unspecified, new UnixDomainSocketEndPoint("\0" + name));
        _addresses.Add($"unix:@{name}");
        if (assignment.ListenAddress is { } address)
        {
            IPAddress ip = IPAddress.Parse(address);
            Socket listener = Listen(ip.AddressFamily, ProtocolType.Tcp, new IPEndPoint(ip, port: 0));
            _addresses.Add($"tcp:{listener.LocalEndPoint}");
        }
    }

    /// <summary>Where it listens, best first.</summary>
    public IReadOnlyList<string> Addresses => _addresses;

    public void Start()
    {
        foreach (Socket listener in _listeners)
        {
            new Thread(() => Accept(listener)) { Name = "rowen-accept", IsBackground = true }.Start();
        }
    }

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

            new Thread(() => Serve(socket)) { Name = "rowen-session", IsBackground = true }.Start();
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
