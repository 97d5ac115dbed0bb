#pragma warning disable CA5394 // seeded on purpose: a run is repeated from its number
using System.Buffers.Binary;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Simulated;

/// <summary>One end on a simulated network.</summary>
internal sealed unsafe class SimulatedEndpoint : FabricEndpoint
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private readonly SimulatedProvider _provider;
    private readonly byte[] _address = new byte[sizeof(ulong)];
    private readonly HashSet<RegisteredMemory> _blocks = [];
    private readonly List<SimulatedConnection> _connections = [];
    private readonly Queue<(SimulatedConnection Connection, Completion Completion)> _arrived = [];
    private bool _isWakeAsked;
    private bool _isDisposed;

    public SimulatedEndpoint(SimulatedProvider provider, SimulatedHost host, ulong address, int notificationCount)
    {
        _provider = provider;
        Host = host;
        NotificationCount = notificationCount;
        BinaryPrimitives.WriteUInt64LittleEndian(_address, address);
    }

    public override FabricProvider Provider => _provider;

    public override ReadOnlyMemory<byte> Address => _address;

    public override int OutstandingMemoryCount => _blocks.Count;

    internal SimulatedHost Host { get; }

    internal int NotificationCount { get; }

    internal SimulatedNetwork Network => _provider.Network;

    public override RegisteredMemory Register(ulong lengthBytes, MemoryAccess access)
    {
        ArgumentOutOfRangeException.ThrowIfZero(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, 1UL << 40);
        ulong key = ((ulong)Network.Random.NextInt64() << 1) | 1; // from the seed, like everything here; never zero
        var memory = new RegisteredMemory(this, PrivatePages.Reserve(lengthBytes), lengthBytes, key, access, GiveBack);
        _blocks.Add(memory);
        return memory;
    }

    /// <summary>The side that waits calls first and returns at once; the initiator then finds it, or fails.</summary>
    public override FabricConnection Connect(ConnectRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(request.Token.Length, ConnectRequest.TokenSizeBytes, nameof(request));
        SimulatedConnection connection = request.IsInitiator ? Initiate(request) : new SimulatedConnection(this, request.Token);
        _connections.Add(connection);
        return connection;
    }

    public override int Poll(Span<Completion> completions)
    {
        if (_arrived.Count == 0 && Network.AdvancesOnPoll)
        {
            Network.Step();
        }

        int count = 0;
        while (count < completions.Length && _arrived.TryDequeue(out (SimulatedConnection Connection, Completion Completion) next))
        {
            completions[count++] = next.Completion with { Tag = next.Connection.Tag };
            next.Connection.Taken(next.Completion.Kind);
        }

        return count;
    }

    public override bool Wait(TimeSpan timeout)
    {
        TimeSpan until = Network.Now + (timeout < MaxWait ? timeout : MaxWait);
        while (_arrived.Count == 0 && !_isWakeAsked && Network.AdvancesOnPoll && Network.Now < until)
        {
            if (!Network.Step())
            {
                break;
            }
        }

        bool isWoken = _arrived.Count > 0 || _isWakeAsked;
        _isWakeAsked = false;
        return isWoken;
    }

    public override void Wake() => _isWakeAsked = true;

    internal void Arrive(SimulatedConnection connection, CompletionKind kind, uint immediate, ulong cookie) =>
        _arrived.Enqueue((connection, new Completion(kind, immediate, 0, cookie)));

    internal void CheckOwned(RegisteredMemory memory)
    {
        if (!_blocks.Contains(memory))
        {
            throw new ArgumentException("That memory is of another endpoint, or was given back.", nameof(memory));
        }
    }

    internal void Forget(SimulatedConnection connection) => _connections.Remove(connection);

    protected override void Dispose(bool isDisposing)
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        foreach (SimulatedConnection connection in _connections.ToArray())
        {
            connection.Dispose();
        }

        foreach (RegisteredMemory memory in _blocks.ToArray())
        {
            memory.Return();
        }

        _provider.Forget(BinaryPrimitives.ReadUInt64LittleEndian(_address));
    }

    private SimulatedConnection Initiate(ConnectRequest request)
    {
        if (request.PeerAddress.Length != sizeof(ulong))
        {
            throw new ArgumentException("That is no address of an endpoint of the sim provider.", nameof(request));
        }

        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(request.PeerAddress.Span);
        if (_provider.FindOrNone(address) is not { Host.IsUp: true } peer)
        {
            throw new IOException("No endpoint of the simulated network has that address.");
        }

        SimulatedConnection[] waiting = [.. peer._connections.Where(each => each.IsWaiting)];
        if (waiting.Length == 0 || Network.IsCut(Host, peer.Host) || Network.IsCut(peer.Host, Host))
        {
            throw new TimeoutException("The peer does not wait for a connection, or is cut off.");
        }

        SimulatedConnection match = Array.Find(waiting, each => each.Knows(request.Token.Span))
            ?? throw new IOException("The peer expects another token.");
        var connection = new SimulatedConnection(this, request.Token);
        connection.Join(match);
        match.Join(connection);
        return connection;
    }

    private void GiveBack(RegisteredMemory memory)
    {
        _blocks.Remove(memory);
        foreach (SimulatedConnection connection in _connections)
        {
            connection.StopServing(memory);
        }

        PrivatePages.Free(memory.Start, memory.LengthBytes);
    }
}
