using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Tcp;

/// <summary>A listening socket, and the connections whose data sockets one thread polls.</summary>
internal sealed unsafe class TcpEndpoint : FabricEndpoint
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private readonly TcpProvider _provider;
    private readonly HashSet<RegisteredMemory> _blocks = [];
    private readonly SocketSleep _sleep;
    private readonly Socket _listener;
    private readonly byte[] _address;
    private TcpConnection[] _connections = [];
    private bool _isDisposed;

    public TcpEndpoint(TcpProvider provider, EndpointOptions options)
    {
        _provider = provider;
        _listener = TcpMeeting.Listen(options);
        _sleep = new SocketSleep();
        _address = TcpMeeting.FormatAddress((IPEndPoint)_listener.LocalEndPoint!);
    }

    public override FabricProvider Provider => _provider;

    public override ReadOnlyMemory<byte> Address => _address;

    public override int OutstandingMemoryCount => _blocks.Count;

    public override RegisteredMemory Register(ulong lengthBytes, MemoryAccess access)
    {
        ArgumentOutOfRangeException.ThrowIfZero(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, TcpFrame.MaxLengthBytes);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var memory = new RegisteredMemory(this, PrivatePages.Reserve(lengthBytes), lengthBytes, RandomKey.Next(), access, GiveBack);
        _blocks.Add(memory);
        return memory;
    }

    public override FabricConnection Connect(ConnectRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(request.Token.Length, ConnectRequest.TokenSizeBytes, nameof(request));
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Socket socket = request.IsInitiator ? TcpMeeting.Initiate(request) : TcpMeeting.Accept(_listener, request);
        socket.NoDelay = true;
        var connection = new TcpConnection(this, socket);
        _connections = [.. _connections, connection];
        return connection;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Poll(Span<Completion> completions)
    {
        int count = 0;
        foreach (TcpConnection connection in _connections)
        {
            count = connection.Poll(completions, count);
        }

        return count;
    }

    public override bool Wait(TimeSpan timeout)
    {
        _sleep.Clear();
        foreach (TcpConnection connection in _connections)
        {
            if (connection.HasArrived)
            {
                return true;
            }

            if (!connection.IsLost)
            {
                _sleep.Add(connection.Descriptor, connection.HasUnsent);
            }
        }

        TimeSpan bounded = timeout < MaxWait ? timeout : MaxWait;
        return _sleep.Sleep(bounded > TimeSpan.Zero ? bounded : TimeSpan.Zero);
    }

    public override void Wake() => _sleep.Wake();

    internal void CheckOwned(RegisteredMemory memory)
    {
        if (!_blocks.Contains(memory))
        {
            throw new ArgumentException("That memory is of another endpoint, or was given back.", nameof(memory));
        }
    }

    internal void Forget(TcpConnection connection) =>
        _connections = [.. _connections.Where(other => other != connection)];

    protected override void Dispose(bool isDisposing)
    {
        if (_isDisposed)
        {
            return;
        }

        foreach (TcpConnection connection in _connections)
        {
            connection.Dispose();
        }

        foreach (RegisteredMemory memory in _blocks.ToArray())
        {
            memory.Return();
        }

        _isDisposed = true;
        _listener.Dispose();
        _sleep.Dispose();
    }

    private void GiveBack(RegisteredMemory memory)
    {
        _blocks.Remove(memory);
        foreach (TcpConnection connection in _connections)
        {
            connection.Forget(memory);
        }

        PrivatePages.Free(memory.Start, memory.LengthBytes); // from here on, whoever still uses it dies at once
    }
}
