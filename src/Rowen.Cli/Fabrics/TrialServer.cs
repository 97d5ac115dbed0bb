using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Rowen.Fabric.ControlSockets;
using Rowen.Protocol.Sessions;

namespace Rowen.Cli.Fabrics;

/// <summary>Serves trials to whoever knows the secret: each conversation has a responder in a process of its own.</summary>
internal sealed class TrialServer : IDisposable
{
    private const int MaxConversations = 4;
    private const int MaxLineBytes = 4096;

    private static readonly TimeSpan MaxHandshake = TimeSpan.FromSeconds(5);

    /// <summary>Between two orders a side measures, for seconds at most.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(60);

    private readonly Socket _listener;
    private readonly byte[] _secret;
    private readonly Action<string> _say;
    private readonly SemaphoreSlim _free = new(MaxConversations);

    /// <summary>Begins to listen.</summary>
    /// <param name="address">One address of this machine, and a port or 0.</param>
    /// <param name="secret">What whoever connects must know.</param>
    /// <param name="say">Hears who came; any thread.</param>
    /// <exception cref="IOException">The system refused.</exception>
    public TrialServer(IPEndPoint address, byte[] secret, Action<string> say)
    {
        _secret = secret;
        _say = say;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(address);
            _listener.Listen(MaxConversations);
        }
        catch (SocketException exception)
        {
            _listener.Dispose();
            throw new IOException($"The system refused to listen on {address}: {exception.Message}.", exception);
        }
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Serves until it is stopped, and until the conversations under way have ended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<Task> conversations = [];
        try
        {
            while (true)
            {
                await _free.WaitAsync(cancellationToken);
                Socket socket = await _listener.AcceptAsync(cancellationToken);
                conversations.RemoveAll(each => each.IsCompleted);
                conversations.Add(Task.Factory.StartNew(
                    () => Converse(socket, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(conversations);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _free.Dispose();
    }

    private void Converse(Socket socket, CancellationToken cancellationToken)
    {
        string who = socket.RemoteEndPoint?.ToString() ?? "somebody";
        IPAddress ownAddress = ((IPEndPoint)socket.LocalEndPoint!).Address;
        using var control = new ControlSocket(socket, TimeProvider.System);
        using CancellationTokenRegistration stop = cancellationToken.Register(control.Close);
        try
        {
            if (!IsAuthentic(control))
            {
                _say($"{who} did not prove that it knows the secret, and was turned away");
                return;
            }

            using var responder = new ResponderProcess(ownAddress, core: null);
            Relay(control, responder);
            _say($"{who} has finished a trial");
        }
        catch (IOException exception)
        {
            _say($"{who}: {exception.Message}");
        }
        finally
        {
            _free.Release();
        }
    }

    private bool IsAuthentic(ControlSocket control)
    {
        if (!TryReceive(control, TrialMessageKind.Hello, MaxHandshake, out byte[] nonce) || nonce.Length != SessionProof.SizeBytes)
        {
            return false;
        }

        byte[] own = RandomNumberGenerator.GetBytes(SessionProof.SizeBytes);
        control.Send((byte)TrialMessageKind.Challenge, [.. own, .. SessionProof.OfExecutor(_secret, nonce, own)]);
        return TryReceive(control, TrialMessageKind.Proof, MaxHandshake, out byte[] proof)
            && SessionProof.Equals(SessionProof.OfOwner(_secret, nonce, own), proof);
    }

    /// <summary>Each order has one answer.</summary>
    private static void Relay(ControlSocket control, ResponderProcess responder)
    {
        while (control.Receive(MaxSilence, out byte kind, out ReadOnlySpan<byte> payload) == ControlSocketEnd.None)
        {
            if (kind == (byte)TrialMessageKind.Kill)
            {
                responder.Kill();
                return;
            }

            if (kind != (byte)TrialMessageKind.Line || payload.Length > MaxLineBytes || payload.ContainsAny((byte)'\n', (byte)'\r'))
            {
                return;
            }

            responder.Order(Encoding.UTF8.GetString(payload));
            control.Send((byte)TrialMessageKind.Line, Encoding.UTF8.GetBytes(responder.Read()));
        }
    }

    private static bool TryReceive(ControlSocket control, TrialMessageKind expected, TimeSpan timeout, out byte[] payload)
    {
        ControlSocketEnd end = control.Receive(timeout, out byte kind, out ReadOnlySpan<byte> received);
        payload = received.ToArray();
        return end == ControlSocketEnd.None && kind == (byte)expected;
    }
}
