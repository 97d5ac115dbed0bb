using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Rowen.Fabric.ControlSockets;
using Rowen.Protocol.Sessions;

namespace Rowen.Cli.Fabrics;

/// <summary>A responder on another machine, behind <c>rowen fabric serve</c>.</summary>
internal sealed class PeerLink : ResponderLink
{
    private static readonly TimeSpan MaxHandshake = TimeSpan.FromSeconds(5);

    /// <summary>Above what the responder itself gives up after.</summary>
    private static readonly TimeSpan MaxAnswer = TimeSpan.FromSeconds(60);

    private readonly ControlSocket _control;
    private readonly IPEndPoint _peer;

    private PeerLink(ControlSocket control, IPEndPoint peer, IPAddress localAddress)
    {
        _control = control;
        _peer = peer;
        LocalAddress = localAddress;
    }

    /// <summary>The address of this machine on the way to the peer.</summary>
    public IPAddress LocalAddress { get; }

    /// <summary>Connects, and makes sure on both sides that the other knows the secret.</summary>
    /// <param name="peer">Where the other machine serves.</param>
    /// <param name="secret">What both know.</param>
    /// <exception cref="IOException">Nobody answers there, or not as somebody who knows the secret.</exception>
    public static PeerLink Open(IPEndPoint peer, byte[] secret)
    {
        var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Connect(socket, peer);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var link = new PeerLink(new ControlSocket(socket, TimeProvider.System), peer, ((IPEndPoint)socket.LocalEndPoint!).Address);
        try
        {
            link.Authenticate(secret);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    public override void Order(string line) => Send(TrialMessageKind.Line, Encoding.UTF8.GetBytes(line));

    public override string Read() => Encoding.UTF8.GetString(Receive(TrialMessageKind.Line, MaxAnswer));

    public override void Kill() => Send(TrialMessageKind.Kill, []);

    protected override void Dispose(bool isDisposing) => _control.Dispose();

    private static void Connect(Socket socket, IPEndPoint peer)
    {
        try
        {
            socket.Blocking = false;
            socket.Connect(peer);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // under way
        }

        bool isDone = socket.Poll(MaxHandshake, SelectMode.SelectWrite);
        var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (!isDone || error != SocketError.Success)
        {
            throw new IOException(
                $"{peer} could not be reached: {(isDone ? error : SocketError.TimedOut)}. Start `rowen fabric serve --listen {peer}` there.");
        }
    }

    private void Authenticate(byte[] secret)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(SessionProof.SizeBytes);
        Send(TrialMessageKind.Hello, nonce);
        ReadOnlySpan<byte> challenge = Receive(TrialMessageKind.Challenge, MaxHandshake);
        if (challenge.Length != 2 * SessionProof.SizeBytes
            || !SessionProof.Equals(SessionProof.OfExecutor(secret, nonce, challenge[..SessionProof.SizeBytes]), challenge[SessionProof.SizeBytes..]))
        {
            throw new IOException($"Whoever answers at {_peer} does not know the secret: both machines need the same file.");
        }

        Send(TrialMessageKind.Proof, SessionProof.OfOwner(secret, nonce, challenge[..SessionProof.SizeBytes]));
    }

    private void Send(TrialMessageKind kind, ReadOnlySpan<byte> payload)
    {
        if (!_control.Send((byte)kind, payload))
        {
            throw new IOException($"{_peer} has closed the connection.");
        }
    }

    private ReadOnlySpan<byte> Receive(TrialMessageKind expected, TimeSpan timeout)
    {
        ControlSocketEnd end = _control.Receive(timeout, out byte kind, out ReadOnlySpan<byte> payload);
        return end == ControlSocketEnd.None && kind == (byte)expected
            ? payload
            : throw new IOException(end == ControlSocketEnd.None
                ? $"{_peer} does not speak as `rowen fabric serve` does."
                : $"{_peer} ended the conversation ({end}): it may not know the same secret, or be of another version.");
    }
}
