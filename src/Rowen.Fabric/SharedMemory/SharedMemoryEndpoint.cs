using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.SharedMemory;

/// <summary>One process's end: a doorbell word that peers ring, and the connections whose rings it polls.</summary>
internal sealed unsafe class SharedMemoryEndpoint : FabricEndpoint
{
    private const int Awake = 0;
    private const int Asleep = 1;
    private const ulong MaxBlockBytes = 1UL << 40;
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private readonly SharedMemoryProvider _provider;
    private readonly EndpointOptions _options;
    private readonly SharedBlock _doorbell = SharedBlock.Create(sizeof(int));
    private readonly Dictionary<RegisteredMemory, SharedBlock> _blocks = [];
    private Queue<Completion>? _local; // of reads and writes, which are over as soon as they start; most endpoints have none
    private readonly byte[] _address;
    private readonly Socket _listener;
    private SharedMemoryConnection[] _connections = [];
    private readonly Lock _doorbellLock = new();
    private bool _isDisposed;
    private int _isWakeAsked;

    public SharedMemoryEndpoint(SharedMemoryProvider provider, EndpointOptions options)
    {
        _provider = provider;
        _options = options;
        string name = SocketName.Create();
        _address = Encoding.ASCII.GetBytes(name);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint("\0" + name));
        _listener.Listen(backlog: 4);
    }

    public override FabricProvider Provider => _provider;

    public override ReadOnlyMemory<byte> Address => _address;

    public override int OutstandingMemoryCount => _blocks.Count;

    internal int NotificationCount => _options.NotificationCount;

    internal SharedBlock Doorbell => _doorbell;

    internal Socket Listener => _listener;

    public override RegisteredMemory Register(ulong lengthBytes, MemoryAccess access)
    {
        if (lengthBytes is 0 or > MaxBlockBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(lengthBytes), lengthBytes, $"A block has 1 to {MaxBlockBytes} bytes.");
        }

        return Adopt(SharedBlock.Create(lengthBytes), lengthBytes, RandomKey.Next(), access);
    }

    public override FabricConnection Connect(ConnectRequest request)
    {
        SharedMemoryConnection connection = SharedMemoryConnection.Open(this, request);
        _connections = [.. _connections, connection];
        return connection;
    }

    public override int Poll(Span<Completion> completions)
    {
        int count = 0;
        foreach (SharedMemoryConnection connection in _connections)
        {
            count = connection.Poll(completions, count);
        }

        while (_local is { Count: > 0 } && count < completions.Length)
        {
            completions[count++] = _local.Dequeue();
        }

        return count;
    }

    public override bool Wait(TimeSpan timeout)
    {
        int* word = (int*)_doorbell.Start;
        Volatile.Write(ref *word, Asleep);
        ShowAsleep();
        if (HasArrived() || IsWakeAsked())
        {
            Volatile.Write(ref *word, Awake);
            return true;
        }

        Futex.Wait(word, Asleep, timeout < MaxWait ? timeout : MaxWait);
        bool isWoken = Interlocked.Exchange(ref *word, Awake) == Awake;
        return IsWakeAsked() || isWoken || HasArrived();
    }

    public override void Wake()
    {
        Volatile.Write(ref _isWakeAsked, 1); // stays for the next wait, if there is none now
        lock (_doorbellLock)
        {
            if (!_isDisposed)
            {
                Ring(_doorbell, hasBarriers: false);
            }
        }
    }

    /// <summary>Wakes the owner of a doorbell, if it sleeps. The caller has published what there is to see.</summary>
    /// <param name="doorbell">The owner's.</param>
    /// <param name="hasBarriers">The owner issues a process barrier before it sleeps.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Ring(SharedBlock doorbell, bool hasBarriers)
    {
        if (!hasBarriers)
        {
            Interlocked.MemoryBarrier(); // what was published must be visible before we look whether anybody sleeps
        }

        int* word = (int*)doorbell.Start;
        if (Volatile.Read(ref *word) != Awake && Interlocked.Exchange(ref *word, Awake) != Awake)
        {
            Futex.WakeOne(word);
        }
    }

    internal RegisteredMemory Adopt(SharedBlock block, ulong lengthBytes, ulong key, MemoryAccess access)
    {
        var memory = new RegisteredMemory(this, block.Start, lengthBytes, key, access, GiveBack);
        _blocks.Add(memory, block);
        return memory;
    }

    internal SharedBlock BlockOf(RegisteredMemory memory) => _blocks.TryGetValue(memory, out SharedBlock? block)
        ? block
        : throw new ArgumentException("That memory is of another endpoint, or was given back.", nameof(memory));

    internal void Complete(CompletionKind kind, int tag, ulong cookie) =>
        (_local ??= new Queue<Completion>()).Enqueue(new Completion(kind, 0, tag, cookie));

    internal void Forget(SharedMemoryConnection connection) =>
        _connections = [.. _connections.Where(other => other != connection)];

    protected override void Dispose(bool isDisposing)
    {
        if (_isDisposed)
        {
            return;
        }

        foreach (SharedMemoryConnection connection in _connections)
        {
            connection.Dispose();
        }

        foreach (RegisteredMemory memory in _blocks.Keys.ToArray())
        {
            memory.Return();
        }

        _listener.Dispose();
        lock (_doorbellLock)
        {
            _isDisposed = true; // whoever calls Wake from now on must not touch pages that are gone
            _doorbell.Dispose();
        }
    }

    private void GiveBack(RegisteredMemory memory)
    {
        _blocks.Remove(memory, out SharedBlock? block);
        block!.End(isEmptied: !memory.IsLeft);
        foreach (SharedMemoryConnection connection in _connections)
        {
            connection.ForgetView(memory);
        }
    }

    /// <summary>
    /// Our "asleep" must be visible before we look a last time; and what peers, who go without barriers, have published
    /// before they saw it must be visible to that look.
    /// </summary>
    private void ShowAsleep()
    {
        Interlocked.MemoryBarrier();
        foreach (SharedMemoryConnection connection in _connections)
        {
            if (connection.HasBarriers)
            {
                ProcessBarrier.Issue();
                return;
            }
        }
    }

    private bool IsWakeAsked() => Interlocked.Exchange(ref _isWakeAsked, 0) != 0;

    private bool HasArrived()
    {
        foreach (SharedMemoryConnection connection in _connections)
        {
            if (connection.HasArrived)
            {
                return true;
            }
        }

        return _local is { Count: > 0 };
    }
}
