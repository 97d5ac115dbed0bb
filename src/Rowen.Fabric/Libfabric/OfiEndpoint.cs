using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;
using Rowen.Fabric.Tcp;

namespace Rowen.Fabric.Libfabric;

/// <summary>A listening socket at which peers are met, memory, and the connections that one thread polls.</summary>
internal sealed unsafe class OfiEndpoint : FabricEndpoint
{
    /// <summary>Blocks whose addresses are kept after they were given back, because late operations of peers may still name them.</summary>
    private const int MaxKeptCount = 1024;

    private const int MaxPrepareTries = 3;

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    /// <summary>A look at a network that cannot wake us, or is not ready to: about what a wake-up costs.</summary>
    private static readonly TimeSpan ShortNap = TimeSpan.FromMicroseconds(200);

    private readonly OfiProvider _provider;
    private readonly EndpointOptions _options;
    private readonly LibfabricLibrary _library;
    private readonly Socket _listener;
    private readonly SocketSleep _sleep;
    private readonly byte[] _address;
    private readonly HashSet<RegisteredMemory> _blocks = [];
    private readonly List<(RegisteredMemory Memory, bool IsTold)> _leaving = [];
    private readonly Queue<RegisteredMemory> _kept = new();
    private OfiConnection[] _connections = [];
    private bool _isDisposed;

    public OfiEndpoint(OfiProvider provider, EndpointOptions options)
    {
        _provider = provider;
        _options = options;
        _library = LibfabricLibrary.Load();
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
        try
        {
            foreach (OfiConnection connection in _connections)
            {
                connection.RegisterLocal(memory);
            }

            return memory;
        }
        catch (IOException exception)
        {
            memory.Return();
            throw new InsufficientMemoryException($"The network does not take {lengthBytes} bytes of memory: {exception.Message}", exception);
        }
    }

    public override bool TryBorrow<TState>(ReadOnlySpan<byte> bytes, TState state, Action<RegisteredMemory, TState> use)
    {
        if (!Array.TrueForAll(_connections, static connection => connection.TakesAnyMemory))
        {
            return false;
        }

        fixed (byte* start = bytes)
        {
            var borrowed = new RegisteredMemory(this, start, (ulong)bytes.Length, key: 0, MemoryAccess.None, static _ => { });
            try
            {
                use(borrowed, state);
            }
            finally
            {
                foreach (OfiConnection connection in _connections)
                {
                    connection.EndUseOf(borrowed); // nothing may write to these bytes when they are their owner's again
                }
            }
        }

        return true;
    }

    public override FabricConnection Connect(ConnectRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(request.Token.Length, ConnectRequest.TokenSizeBytes, nameof(request));
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        long startedAt = Stopwatch.GetTimestamp();
        Socket socket = request.IsInitiator ? TcpMeeting.Initiate(request) : TcpMeeting.Accept(_listener, request);
        using var meeting = new OfiMeeting(_library, _provider.Options, _options.NotificationCount, request, socket, startedAt);
        var connection = new OfiConnection(this, meeting.Meet(), _provider.Options.MaxOperationBytes);
        _connections = [.. _connections, connection];
        foreach (RegisteredMemory memory in _blocks)
        {
            connection.RegisterLocal(memory);
        }

        return connection;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Poll(Span<Completion> completions)
    {
        int count = 0;
        foreach (OfiConnection connection in _connections)
        {
            count = connection.Poll(completions, count);
        }

        if (_leaving.Count > 0)
        {
            ReleaseLeaving();
        }

        return count;
    }

    public override bool Wait(TimeSpan timeout)
    {
        TimeSpan bounded = timeout < MaxWait ? timeout : MaxWait;
        long startedAt = Stopwatch.GetTimestamp();
        TimeSpan left = bounded > TimeSpan.Zero ? bounded : TimeSpan.Zero;
        do
        {
            if (HasArrived())
            {
                return true;
            }

            TimeSpan maxNap = PrepareSleep();
            if (HasArrived())
            {
                return true;
            }

            bool isReady = _sleep.Sleep(left < maxNap ? left : maxNap);
            MakeProgress();
            if (_sleep.IsWoken || (isReady && Array.TrueForAll(_connections, connection => connection.IsWakingNews)))
            {
                return true; // perhaps only the peer's own reads and writes, which complete nothing here; but they need us
            }

            left = bounded - Stopwatch.GetElapsedTime(startedAt);
        }
        while (left > TimeSpan.Zero);
        return HasArrived();
    }

    public override void Wake() => _sleep.Wake();

    internal void CheckOwned(RegisteredMemory memory)
    {
        if (!_blocks.Contains(memory))
        {
            throw new ArgumentException("That memory is of another endpoint, or was given back.", nameof(memory));
        }
    }

    internal void Forget(OfiConnection connection) =>
        _connections = [.. _connections.Where(other => other != connection)];

    protected override void Dispose(bool isDisposing)
    {
        if (_isDisposed)
        {
            return;
        }

        foreach (OfiConnection connection in _connections)
        {
            connection.Dispose();
        }

        foreach (RegisteredMemory memory in _blocks.ToArray())
        {
            memory.Return();
        }

        _isDisposed = true;
        ReleaseLeaving();
        while (_kept.TryDequeue(out RegisteredMemory? memory))
        {
            Free(memory);
        }

        _listener.Dispose();
        _sleep.Dispose();
    }

    private static void Free(RegisteredMemory memory) => PrivatePages.Free(memory.Start, memory.LengthBytes);

    private bool HasArrived()
    {
        foreach (OfiConnection connection in _connections)
        {
            if (connection.HasArrived)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gathers what can end a sleep; a network that says it has something is first given the chance to bring it.</summary>
    /// <returns>The longest sleep that every network can be trusted to end.</returns>
    private TimeSpan PrepareSleep()
    {
        for (int tries = 0; tries < MaxPrepareTries; tries++)
        {
            if (TryPrepareSleep(out TimeSpan maxNap))
            {
                return maxNap;
            }

            MakeProgress();
        }

        return ShortNap;
    }

    private bool TryPrepareSleep(out TimeSpan maxNap)
    {
        _sleep.Clear();
        maxNap = MaxWait;
        bool canSleep = true;
        foreach (OfiConnection connection in _connections)
        {
            canSleep &= connection.TryPrepareSleep(_sleep);
            maxNap = connection.MaxNap < maxNap ? connection.MaxNap : maxNap;
        }

        return canSleep;
    }

    private void MakeProgress()
    {
        foreach (OfiConnection connection in _connections)
        {
            connection.MakeProgress();
            connection.LookAtSide();
        }
    }

    private void GiveBack(RegisteredMemory memory)
    {
        _blocks.Remove(memory);
        bool isTold = false;
        foreach (OfiConnection connection in _connections)
        {
            isTold |= connection.StopServing(memory);
        }

        _leaving.Add((memory, isTold));
        ReleaseLeaving();
    }

    /// <summary>Frees memory that was given back, once no operation of ours uses it any more.</summary>
    private void ReleaseLeaving()
    {
        for (int i = _leaving.Count - 1; i >= 0; i--)
        {
            (RegisteredMemory memory, bool isTold) = _leaving[i];
            if (!IsUsed(memory))
            {
                _leaving.RemoveAt(i);
                Release(memory, isTold);
            }
        }
    }

    private void Release(RegisteredMemory memory, bool isTold)
    {
        foreach (OfiConnection connection in _connections)
        {
            connection.Forget(memory);
        }

        if (isTold)
        {
            Keep(memory);
        }
        else
        {
            Free(memory);
        }
    }

    /// <summary>Libraries that emulate one-sided operations may be in the midst of one: addresses stay a while, bytes do not.</summary>
    private void Keep(RegisteredMemory memory)
    {
        PrivatePages.Empty(memory.Start, memory.LengthBytes);
        _kept.Enqueue(memory);
        if (_kept.Count > MaxKeptCount)
        {
            Free(_kept.Dequeue());
        }
    }

    private bool IsUsed(RegisteredMemory memory)
    {
        foreach (OfiConnection connection in _connections)
        {
            if (connection.Uses(memory))
            {
                return true;
            }
        }

        return false;
    }
}
