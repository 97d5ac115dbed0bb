using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.SharedMemory;

/// <summary>Two processes that map each other's memory, with a ring of notifications each way.</summary>
/// <remarks>
/// A Unix socket carries open files: doorbell and ring at the start, then each block as it is shared. The key of
/// a block only says which file is meant; the right to it is the file itself.
/// <code>
/// first message, both ways: 32 bytes token, 1 byte: the sender has registered for process barriers (1) or not (0),
///                           15 bytes zero; files: doorbell, the sender's incoming ring
/// each later message:       8 bytes key, 8 bytes length, 32 bytes zero; file: the block
/// </code>
/// </remarks>
internal sealed unsafe class SharedMemoryConnection : FabricConnection
{
    private const int MessageBytes = 48;
    private const int MaxPendingFiles = 256;

    /// <summary>Of one to three ahead, two gave streams the most; a single hot call does not notice.</summary>
    private const int PrefetchedWords = 2;

    private static readonly TimeSpan MaxAcceptStep = TimeSpan.FromSeconds(1);

    private readonly SharedMemoryEndpoint _endpoint;
    private readonly Socket _socket;
    private readonly SharedBlock _incoming;
    private readonly SharedBlock _outgoing;
    private readonly SharedBlock _peerDoorbell;
    private readonly Dictionary<ulong, SafeFileHandle> _pendingFiles = [];
    private readonly Dictionary<ulong, RegisteredMemory> _views = [];
    private readonly ulong* _incomingEntries;
    private readonly ulong* _outgoingEntries;
    private readonly uint _mask;
    private WatchedWord[] _watched = [];
    private int _nextWatched;
    private readonly bool _hasBarriers;
    private uint _taken;
    private uint _sent;
    private uint _sentLimit;
    private volatile bool _isBroken;
    private bool _isLossReported;
    private bool _isDisposed;

    private SharedMemoryConnection(SharedMemoryEndpoint endpoint, Socket socket, SharedBlock incoming, Greeting peer)
    {
        _endpoint = endpoint;
        _socket = socket;
        _incoming = incoming;
        _outgoing = peer.Ring;
        _peerDoorbell = peer.Doorbell;
        _hasBarriers = peer.HasBarriers && ProcessBarrier.IsAvailable;
        _incomingEntries = (ulong*)(incoming.Start + NotificationRing.EntriesOffset);
        _outgoingEntries = (ulong*)(_outgoing.Start + NotificationRing.EntriesOffset);
        _mask = (uint)endpoint.NotificationCount - 1;
        _sentLimit = _mask + 1;
    }

    public override FabricEndpoint Endpoint => _endpoint;

    /// <summary>Before either side sleeps it issues a process barrier; so neither needs a barrier after each write.</summary>
    internal bool HasBarriers => _hasBarriers;

    public override bool IsLost => _isBroken;

    internal bool HasArrived => (uint)(Volatile.Read(ref _incomingEntries[_taken & _mask]) >> 32) == _taken + 1
        || HasWatchedChange()
        || (_isBroken && !_isLossReported);

    internal static SharedMemoryConnection Open(SharedMemoryEndpoint endpoint, ConnectRequest request)
    {
        SharedBlock incoming = SharedBlock.Create(NotificationRing.SizeBytes(endpoint.NotificationCount));
        try
        {
            return request.IsInitiator ? Initiate(endpoint, request, incoming) : Accept(endpoint, request, incoming);
        }
        catch
        {
            incoming.Dispose();
            throw;
        }
    }

    public override RemoteBlock Share(RegisteredMemory memory)
    {
        SharedBlock block = _endpoint.BlockOf(memory);
        Span<byte> message = stackalloc byte[MessageBytes];
        message.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(message, memory.Key);
        BinaryPrimitives.WriteUInt64LittleEndian(message[8..], memory.LengthBytes);
        using SafeFileHandle? readOnly = (memory.Access & MemoryAccess.RemoteWrite) != 0 ? null : MemoryFile.OpenReadOnly(block.File);
        if (!FileDescriptorPassing.Send(_socket, message, [readOnly ?? block.File]))
        {
            _isBroken = true; // reported at the next poll; whoever waits for the peer's answer learns of it there
        }

        return new RemoteBlock(memory.Key, memory.LengthBytes);
    }

    public override RegisteredMemory? MapOrNone(RemoteBlock remote)
    {
        if (!_views.TryGetValue(remote.Key, out RegisteredMemory? view))
        {
            SharedBlock block = SharedBlock.Import(TakeFile(remote.Key), minBytes: 1);
            MemoryAccess access = block.IsWritable ? MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite : MemoryAccess.RemoteRead;
            view = _endpoint.Adopt(block, block.LengthBytes, remote.Key, access);
            _views[remote.Key] = view;
        }

        return view.LengthBytes >= remote.LengthBytes
            ? view
            : throw new IOException($"The peer names memory of {remote.LengthBytes} bytes that has {view.LengthBytes}.");
    }

    /// <summary>The peer keeps what it has mapped until either side gives it back, which empties the pages.</summary>
    public override void Revoke(RegisteredMemory memory) => _endpoint.BlockOf(memory);

    public override FabricStatus TryWrite(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        if (_isBroken)
        {
            return FabricStatus.Lost;
        }

        bool isDone = TryCopyOut(local, localOffset, remote, remoteOffset, lengthBytes);
        Complete(isDone ? CompletionKind.Written : CompletionKind.Refused, cookie);
        return FabricStatus.Ok;
    }

    public override FabricStatus TryWriteNotify(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, uint immediate)
    {
        if (_isBroken)
        {
            return FabricStatus.Lost;
        }

        if (_sent == _sentLimit && !TryExtendLimit())
        {
            return FabricStatus.Again;
        }

        local.CheckRange(localOffset, lengthBytes);
        if (local.Key != remote.Key || localOffset != remoteOffset)
        {
            if (!TryCopyOut(local, localOffset, remote, remoteOffset, lengthBytes))
            {
                Complete(CompletionKind.Refused, cookie: ulong.MaxValue);
                return FabricStatus.Ok;
            }
        }

        uint number = ++_sent;
        Volatile.Write(ref _outgoingEntries[(number - 1) & _mask], ((ulong)number << 32) | immediate);
        SharedMemoryEndpoint.Ring(_peerDoorbell, _hasBarriers);
        return FabricStatus.Ok;
    }

    public override bool TryWatch(RegisteredMemory memory, ulong offset, uint immediate)
    {
        _endpoint.BlockOf(memory);
        memory.CheckRange(offset, sizeof(ulong));
        if (offset % sizeof(ulong) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "A watched word lies at a multiple of 8 bytes.");
        }

        WatchedWord[] watched = CopyWatched(_watched.Length + 1, without: null);
        watched[^1] = new WatchedWord(memory, (ulong*)(memory.Start + offset), immediate);
        _watched = watched;
        return true;
    }

    public override FabricStatus Nudge()
    {
        if (_isBroken)
        {
            return FabricStatus.Lost;
        }

        SharedMemoryEndpoint.Ring(_peerDoorbell, _hasBarriers);
        return FabricStatus.Ok;
    }

    public override FabricStatus TryRead(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        if (_isBroken)
        {
            return FabricStatus.Lost;
        }

        local.CheckRange(localOffset, lengthBytes);
        CheckRange(remote, remoteOffset, lengthBytes);
        bool isDone = ViewOrNone(remote) is { } view;
        if (isDone)
        {
            RegisteredMemory source = _views[remote.Key];
            Buffer.MemoryCopy(source.Start + remoteOffset, local.Start + localOffset, lengthBytes, lengthBytes);
        }

        Complete(isDone ? CompletionKind.Read : CompletionKind.Refused, cookie);
        return FabricStatus.Ok;
    }

    public override void Break()
    {
        _isBroken = true;
        _endpoint.Wake();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Poll(Span<Completion> completions, int count)
    {
        while (count < completions.Length)
        {
            ulong entry = Volatile.Read(ref _incomingEntries[_taken & _mask]);
            if ((uint)(entry >> 32) != _taken + 1)
            {
                break;
            }

            completions[count++] = new Completion(CompletionKind.Notified, (uint)entry, Tag, 0);
            _taken++;
            if ((_taken & (_mask >> 2)) == 0)
            {
                Volatile.Write(ref *(uint*)_incoming.Start, _taken); // now and then: it costs the writer a cache miss
            }
        }

        count = PollWatched(completions, count);
        return _isBroken ? ReportLoss(completions, count) : count;
    }

    internal void ForgetView(RegisteredMemory memory)
    {
        if (_views.TryGetValue(memory.Key, out RegisteredMemory? view) && view == memory)
        {
            _views.Remove(memory.Key);
        }

        int left = 0;
        foreach (WatchedWord word in _watched)
        {
            left += word.Memory != memory ? 1 : 0;
        }

        if (left < _watched.Length)
        {
            _watched = CopyWatched(left, memory);
        }
    }

    protected override void Dispose(bool isDisposing)
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _isBroken = true;
        foreach (RegisteredMemory view in _views.Values.ToArray())
        {
            view.Return();
        }

        _endpoint.Forget(this);

        foreach (SafeFileHandle file in _pendingFiles.Values)
        {
            file.Dispose();
        }

        _socket.Dispose();
        _incoming.Dispose();
        _outgoing.Dispose();
        _peerDoorbell.Dispose();
    }

    /// <summary>By hand: generic code for our structs is compiled at each cold start.</summary>
    private WatchedWord[] CopyWatched(int length, RegisteredMemory? without)
    {
        var copy = new WatchedWord[length];
        int count = 0;
        foreach (WatchedWord word in _watched)
        {
            if (word.Memory != without)
            {
                copy[count++] = word;
            }
        }

        return copy;
    }

    private static SharedMemoryConnection Initiate(SharedMemoryEndpoint endpoint, ConnectRequest request, SharedBlock incoming)
    {
        string name = "\0" + System.Text.Encoding.ASCII.GetString(request.PeerAddress.Span);
        if (request.PeerAddress.Length is 0 or > 100)
        {
            throw new ArgumentException("That is no address of shared memory.", nameof(request));
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            long startedAt = Stopwatch.GetTimestamp();
            socket.Connect(new UnixDomainSocketEndPoint(name));
            SendGreeting(endpoint, socket, request, incoming);
            Greeting peer = ReceiveGreeting(endpoint, socket, request, request.Timeout - Stopwatch.GetElapsedTime(startedAt));
            return new SharedMemoryConnection(endpoint, socket, incoming, peer);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            throw exception is SocketException
                ? new IOException($"Shared memory of the peer could not be reached: {exception.Message}.", exception)
                : exception;
        }
    }

    private static SharedMemoryConnection Accept(SharedMemoryEndpoint endpoint, ConnectRequest request, SharedBlock incoming)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan left = request.Timeout - Stopwatch.GetElapsedTime(startedAt);
            if (left <= TimeSpan.Zero || !endpoint.Listener.Poll(left, SelectMode.SelectRead))
            {
                throw new TimeoutException($"The peer did not connect its shared memory within {request.Timeout.TotalSeconds} s.");
            }

            Socket socket = endpoint.Listener.Accept();
            try
            {
                // A stranger must not keep the real peer waiting for longer than one step.
                TimeSpan step = left < MaxAcceptStep ? left : MaxAcceptStep;
                Greeting peer = ReceiveGreeting(endpoint, socket, request, step);
                SendGreeting(endpoint, socket, request, incoming);
                return new SharedMemoryConnection(endpoint, socket, incoming, peer);
            }
            catch (Exception exception) when (exception is IOException or TimeoutException or SocketException)
            {
                socket.Dispose(); // a stranger, or a peer that died: wait for the real one
            }
        }
    }

    private static void SendGreeting(SharedMemoryEndpoint endpoint, Socket socket, ConnectRequest request, SharedBlock incoming)
    {
        Span<byte> message = stackalloc byte[MessageBytes];
        message.Clear();
        request.Token.Span.CopyTo(message);
        message[ConnectRequest.TokenSizeBytes] = ProcessBarrier.IsAvailable ? (byte)1 : (byte)0;
        if (!FileDescriptorPassing.Send(socket, message, [endpoint.Doorbell.File, incoming.File]))
        {
            throw new IOException("The peer closed its shared memory while connecting.");
        }
    }

    private static Greeting ReceiveGreeting(
        SharedMemoryEndpoint endpoint, Socket socket, ConnectRequest request, TimeSpan timeout)
    {
        var files = new List<SafeFileHandle>();
        try
        {
            Span<byte> message = stackalloc byte[MessageBytes];
            if (timeout <= TimeSpan.Zero || !socket.Poll(timeout, SelectMode.SelectRead))
            {
                throw new TimeoutException("The peer opened its shared memory and then said nothing.");
            }

            if (FileDescriptorPassing.Receive(socket, message, files) != MessageBytes || files.Count != 2
                || !CryptographicOperations.FixedTimeEquals(message[..ConnectRequest.TokenSizeBytes], request.Token.Span))
            {
                throw new IOException("The peer knows another token, or closed the connection.");
            }

            SharedBlock doorbell = SharedBlock.Import(files[0], sizeof(int));
            SharedBlock ring = SharedBlock.Import(files[1], NotificationRing.SizeBytes(endpoint.NotificationCount));
            return doorbell.IsWritable && ring.IsWritable
                ? new Greeting(doorbell, ring, message[ConnectRequest.TokenSizeBytes] == 1)
                : throw new IOException("The peer sent memory that cannot be written.");
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static void CheckRange(RemoteBlock remote, ulong offset, ulong lengthBytes)
    {
        if (offset > remote.LengthBytes || lengthBytes > remote.LengthBytes - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"Bytes {offset} to {offset}+{lengthBytes} leave {remote}.");
        }
    }

    private int ReportLoss(Span<Completion> completions, int count)
    {
        if (!_isLossReported && count < completions.Length)
        {
            _isLossReported = true;
            completions[count++] = new Completion(CompletionKind.PeerLost, 0, Tag, 0);
        }

        return count;
    }

    private bool TryExtendLimit()
    {
        uint consumed = Volatile.Read(ref *(uint*)_outgoing.Start);
        uint underWay = _sent - consumed;
        if (underWay > _mask)
        {
            return false; // full, or a peer that writes nonsense: then it never hears from us again
        }

        _sentLimit = consumed + _mask + 1;
        return true;
    }

    private bool TryCopyOut(RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes)
    {
        local.CheckRange(localOffset, lengthBytes);
        CheckRange(remote, remoteOffset, lengthBytes);
        if (ViewOrNone(remote) is not { } view || (view.Access & MemoryAccess.RemoteWrite) == 0)
        {
            return false;
        }

        if (view.Start + remoteOffset != local.Start + localOffset)
        {
            Buffer.MemoryCopy(local.Start + localOffset, view.Start + remoteOffset, lengthBytes, lengthBytes);
        }

        return true;
    }

    private RegisteredMemory? ViewOrNone(RemoteBlock remote)
    {
        try
        {
            return MapOrNone(remote);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private SafeFileHandle TakeFile(ulong key)
    {
        Span<byte> message = stackalloc byte[MessageBytes];
        SafeFileHandle? file;
        var files = new List<SafeFileHandle>();
        while (!_pendingFiles.Remove(key, out file))
        {
            files.Clear();
            if (FileDescriptorPassing.Receive(_socket, message, files) != MessageBytes || files.Count != 1
                || _pendingFiles.Count == MaxPendingFiles
                || !_pendingFiles.TryAdd(BinaryPrimitives.ReadUInt64LittleEndian(message), files[0]))
            {
                files.ForEach(refused => refused.Dispose());
                throw new IOException("The peer shared no memory of that key.");
            }
        }

        return file;
    }

    private void Complete(CompletionKind kind, ulong cookie)
    {
        if (cookie != 0)
        {
            _endpoint.Complete(kind, Tag, cookie);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PollWatched(Span<Completion> completions, int count)
    {
        // One at a time, and from the one after the last: a look at a line that the peer is just writing takes it away from it.
        WatchedWord[] watched = _watched;
        int next = _nextWatched;
        for (int i = 0; i < watched.Length && count < completions.Length; i++, next++)
        {
            next = next < watched.Length ? next : 0;
            ref WatchedWord word = ref watched[next];
            ulong value = Volatile.Read(ref *word.Place);
            if (value != word.Seen)
            {
                word.Seen = value;
                completions[count++] = new Completion(CompletionKind.Notified, word.Immediate, Tag, 0);
                _nextWatched = next + 1;
                PrefetchAfter(watched, next);
                break;
            }
        }

        return count;
    }

    /// <summary>
    /// Where many are under way the next words have often changed already: their lines, and those behind them, travel while
    /// this one is handled.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchAfter(WatchedWord[] watched, int index)
    {
        for (int i = 0; i < PrefetchedWords; i++)
        {
            index = index + 1 < watched.Length ? index + 1 : 0;
            byte* place = (byte*)watched[index].Place;
            CacheLine.Prefetch(place);
            CacheLine.Prefetch(place + CacheLine.SizeBytes);
        }
    }

    private bool HasWatchedChange()
    {
        WatchedWord[] watched = _watched;
        for (int i = 0; i < watched.Length; i++)
        {
            if (Volatile.Read(ref *watched[i].Place) != watched[i].Seen)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A word whose change is a notification.</summary>
    private struct WatchedWord(RegisteredMemory memory, ulong* place, uint immediate)
    {
        public readonly RegisteredMemory Memory = memory;
        public readonly ulong* Place = place;
        public readonly uint Immediate = immediate;
        public ulong Seen;
    }

    /// <summary>What the peer brings.</summary>
    private readonly record struct Greeting(SharedBlock Doorbell, SharedBlock Ring, bool HasBarriers);
}
