using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Libfabric.Binding;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Libfabric;

/// <summary>One-sided operations over libfabric, and beside them a socket that says where memory is and who is gone.</summary>
/// <remarks>
/// <para>libfabric breaks a connection, without telling the initiator, when an operation names memory that is not there. So
/// nothing is started before the peer has said where its memory is and what may be done there, when it shares it or when
/// it is asked; a refusal is known without the network. The target's network checks again.</para>
/// <para>An operation that libfabric reports as failed ends the connection: what else was under way may be lost, too.</para>
/// </remarks>
internal sealed unsafe class OfiConnection : FabricConnection
{
    /// <summary>
    /// A look at the socket costs a system call, as much as a poll: it is done now and then (each fifth of a millisecond, while
    /// somebody polls), before a sleep, and while an answer or the end of an access is awaited.
    /// </summary>
    private const int PollsBetweenLooks = 512;

    /// <summary>
    /// Reading either queue brings on both. While somebody awaits the end of an operation of ours, which the one tells, the other is
    /// read now and then: each reading is a system call or two. A prime, for accesses of equal length take equally many polls: with 4, it
    /// was the last poll of each access that took twice as long.
    /// </summary>
    private const int PollsBetweenReceives = 61;

    /// <summary>
    /// Before an access, what the socket said so lately counts as known: whoever accesses memory again and again looks while the network
    /// works for him, and not before it does. What the peer has withdrawn since then breaks the connection, as while it is on its way.
    /// </summary>
    private static readonly long FreshTicks = Stopwatch.Frequency / 10_000; // 100 us: some ten small accesses

    /// <summary>Blocks of the peer that are remembered. One that shares more is asked for those that were forgotten.</summary>
    private const int MaxKnownBlocks = 4096;

    private readonly OfiEndpoint _endpoint;
    private readonly OfiLink _link;
    private readonly OfiBuffers _buffers;
    private readonly OfiSideSocket _side;
    private readonly OfiMemory _memory;
    private readonly OfiStrategy _strategy;
    private readonly ulong _ownSecret;
    private readonly ulong _peerSecret;
    private readonly ulong _maxPieceBytes;
    private readonly OfiOperations _operations = new();
    private readonly OfiCompletions _ready = new();
    private readonly Dictionary<ulong, OfiBlockMessage> _known = [];
    private OfiBlockMessage _lastUsed; // of those that are known; saves the look for the one that hot calls write to
    private int _movingCount;
    private int _awaitedCount; // operations whose end somebody awaits
    private int _askingCount;
    private int _waitingCount;
    private int _polls;
    private long _lookedAt;
    private bool _isLookDue; // before the next access, or better while this one is under way
    private string _loss = string.Empty;
    private volatile bool _isBroken;
    private bool _isClosed;
    private bool _isLossReported;
    private bool _isDisposed;

    public OfiConnection(OfiEndpoint endpoint, OfiMeetingResult met, ulong maxPieceBytes)
    {
        _endpoint = endpoint;
        _link = met.Link;
        _buffers = met.Buffers;
        _side = met.Side;
        _strategy = met.Strategy;
        _ownSecret = met.OwnSecret;
        _peerSecret = met.PeerSecret;
        _maxPieceBytes = Math.Min(maxPieceBytes, _link.MaxOperationBytes);
        _memory = new OfiMemory(_link);
        Description = $"{met.ProviderName}, {(_strategy == OfiStrategy.WriteWithData ? "writes carry their notification" : "notifications are messages")}";
    }

    public override FabricEndpoint Endpoint => _endpoint;

    public override bool IsLost => _isBroken;

    public override bool HasUnsent => _movingCount > 0 || _waitingCount > 0 || _askingCount > 0;

    /// <summary>Something that no descriptor would tell.</summary>
    internal bool HasArrived => !_ready.IsEmpty || (_isBroken && !_isLossReported);

    /// <summary>Whether our own operations may use memory that was not registered.</summary>
    internal bool TakesAnyMemory => !_link.NeedsLocalRegistration;

    /// <summary>libfabric's provider, and how it notifies.</summary>
    private string Description { get; }

    /// <summary>For whoever looks into what is going on: provider, strategy, and why it ended.</summary>
    public override string ToString() => _loss.Length == 0 ? $"ofi ({Description})" : $"ofi ({Description}), lost: {_loss}";

    public override RemoteBlock Share(RegisteredMemory memory)
    {
        _endpoint.CheckOwned(memory);
        if (!_isClosed && _memory.TryShare(memory))
        {
            _side.Send(_memory.Tell(memory.Key));
        }

        return memory.Descriptor;
    }

    /// <summary>Bytes must travel.</summary>
    public override RegisteredMemory? MapOrNone(RemoteBlock remote) => null;

    public override void Revoke(RegisteredMemory memory)
    {
        _endpoint.CheckOwned(memory);
        StopServing(memory);
    }

    public override FabricStatus TryWrite(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        local.CheckRange(localOffset, lengthBytes);
        remote.CheckRange(remoteOffset, lengthBytes);
        LookBeforeAccess();
        return Start(new OfiOperation
        {
            Kind = OfiOperationKind.Write,
            Local = local,
            LocalOffset = localOffset,
            Key = remote.Key,
            RemoteOffset = remoteOffset,
            LengthBytes = lengthBytes,
            Cookie = cookie,
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override FabricStatus TryWriteNotify(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, uint immediate)
    {
        local.CheckRange(localOffset, lengthBytes);
        remote.CheckRange(remoteOffset, lengthBytes);
        if (_lastUsed.Key != remote.Key && !TryUse(remote.Key))
        {
            LookAtSide(); // the peer says where a block is when it shares it: before its key can be known, if nothing is lost
        }
        else if (_strategy == OfiStrategy.WriteWithData
            && lengthBytes <= _maxPieceBytes
            && IsAllowed(MemoryAccess.RemoteWrite, remoteOffset, lengthBytes, _lastUsed))
        {
            return WriteAtOnce(local, localOffset, remoteOffset, lengthBytes, immediate);
        }

        return Start(new OfiOperation
        {
            Kind = OfiOperationKind.WriteNotify,
            Local = local,
            LocalOffset = localOffset,
            Key = remote.Key,
            RemoteOffset = remoteOffset,
            LengthBytes = lengthBytes,
            Immediate = immediate,
        });
    }

    public override FabricStatus TryRead(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cookie);
        local.CheckRange(localOffset, lengthBytes);
        remote.CheckRange(remoteOffset, lengthBytes);
        LookBeforeAccess();
        return Start(new OfiOperation
        {
            Kind = OfiOperationKind.Read,
            Local = local,
            LocalOffset = localOffset,
            Key = remote.Key,
            RemoteOffset = remoteOffset,
            LengthBytes = lengthBytes,
            Cookie = cookie,
        });
    }

    public override void Break()
    {
        _isBroken = true;
        _endpoint.Wake();
    }

    internal void RegisterLocal(RegisteredMemory memory)
    {
        if (!_isClosed)
        {
            _memory.RegisterLocal(memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int Poll(Span<Completion> completions, int count)
    {
        MakeProgress();
        count = _ready.Take(completions, count);
        return _isBroken ? ReportLoss(completions, count) : count;
    }

    /// <summary>Takes what has come from network and socket, and brings on what waits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void MakeProgress()
    {
        if (_isBroken)
        {
            return;
        }

        bool isAwaiting = _awaitedCount > 0;
        if (_movingCount > 0)
        {
            TakeSent();
        }

        if (!isAwaiting || _polls % PollsBetweenReceives == 0)
        {
            TakeReceived();
        }

        if (++_polls >= PollsBetweenLooks || _isLookDue || _askingCount > 0 || _side.HasUnsent)
        {
            LookAtSide();
        }

        if (_waitingCount > 0)
        {
            RetryWaiting();
        }

        if (_buffers.HasUnposted && !_isBroken)
        {
            LoseIf(_buffers.Post() == OfiResult.Failed);
        }
    }

    /// <summary>The longest sleep that this network can be trusted to end.</summary>
    internal TimeSpan MaxNap => _link.MaxNap;

    internal bool IsWakingNews => _link.IsWakingNews;

    /// <summary>Adds to a sleep whatever can end it.</summary>
    /// <returns>False if it must be short: something may be there, or nothing would tell.</returns>
    internal bool TryPrepareSleep(SocketSleep sleep)
    {
        if (_isBroken)
        {
            return true;
        }

        sleep.Add(_side.Descriptor, _side.HasUnsent);
        return _waitingCount == 0
            && !_buffers.HasUnposted
            && _link.CanSleep
            && _link.TryPrepareSleep(sleep, isAwaitingSent: _movingCount > 0);
    }

    /// <summary>Looks at the socket now: the next sleep is ended by it, and it may be why the last one ended.</summary>
    internal void LookAtSide()
    {
        _polls = 0;
        _isLookDue = false;
        if (_isBroken)
        {
            return;
        }

        _lookedAt = Stopwatch.GetTimestamp();
        _side.Flush();
        while (_ready.Room > OfiOperations.MaxCount && _side.TryTake(out OfiBlockMessage message))
        {
            Handle(message);
        }

        if (_side.IsOver)
        {
            while (TakeReceived() > 0)
            {
                // what came before the end still counts
            }

            Lose("the peer has closed the connection");
        }
    }

    /// <summary>Whether an operation under way needs this memory of ours, though it was given back.</summary>
    internal bool Uses(RegisteredMemory memory) => !_isClosed && _operations.Uses(memory);

    /// <summary>Memory goes away, and was only lent to us: whatever still uses it is broken off.</summary>
    internal void EndUseOf(RegisteredMemory memory)
    {
        if (Uses(memory))
        {
            Lose("an operation was given up before its end");
            Close();
        }
    }

    /// <summary>Ends the peer's use of a block.</summary>
    /// <returns>Whether it was shared, so that something of the peer may still come.</returns>
    internal bool StopServing(RegisteredMemory memory)
    {
        if (_isClosed || !_memory.TryWithdraw(memory))
        {
            return false;
        }

        _side.Send(new OfiBlockMessage(OfiMessageKind.Withdraw, memory.Key, 0, 0, 0, MemoryAccess.None));
        return true;
    }

    /// <summary>Memory goes away, and nothing uses it any more.</summary>
    internal void Forget(RegisteredMemory memory)
    {
        if (!_isClosed)
        {
            _memory.ForgetLocal(memory);
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
        _side.EndSending(); // tells the peer
        Close();
        _side.Dispose();
        _endpoint.Forget(this);
    }

    /// <summary>A block that was withdrawn is known before it is accessed: from what was heard lately, or else by a look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LookBeforeAccess()
    {
        long age = Stopwatch.GetTimestamp() - _lookedAt;
        if (age > FreshTicks)
        {
            LookAtSide();
        }
        else
        {
            _isLookDue = age > FreshTicks / 2;
        }
    }

    /// <summary>Makes a block of the peer's the one that was used last.</summary>
    private bool TryUse(ulong key) => _known.TryGetValue(key, out _lastUsed);

    /// <summary>The way of every hot call: one operation of libfabric does it all, to a block that is known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private FabricStatus WriteAtOnce(RegisteredMemory local, ulong localOffset, ulong remoteOffset, ulong lengthBytes, uint immediate)
    {
        int number = !_isBroken && _ready.Room > 0 ? _operations.TakeOrNone() : -1;
        if (number < 0)
        {
            return _isBroken ? FabricStatus.Lost : FabricStatus.Again;
        }

        OfiResult result = _link.WriteWithData(
            local.Start + localOffset, lengthBytes, _memory.DescriptorOf(local), _lastUsed.Address + remoteOffset, _lastUsed.NetworkKey,
            immediate, _buffers.SendContext(number));
        if (result != OfiResult.Started)
        {
            _operations.Free(number);
            LoseIf(result == OfiResult.Failed);
            return _isBroken ? FabricStatus.Lost : FabricStatus.Again;
        }

        ref OfiOperation operation = ref _operations[number];
        operation.Kind = OfiOperationKind.WriteNotify;
        operation.State = OfiOperationState.Moving;
        operation.Local = local;
        operation.LengthBytes = operation.PieceBytes = lengthBytes;
        operation.DoneBytes = 0;
        operation.Cookie = 0;
        _movingCount++;
        return FabricStatus.Ok;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private FabricStatus Start(in OfiOperation operation)
    {
        if (_isBroken)
        {
            return FabricStatus.Lost;
        }

        int number = _ready.Room > 0 ? _operations.TakeOrNone() : -1;
        if (number < 0)
        {
            return FabricStatus.Again;
        }

        _operations[number] = operation;
        _awaitedCount += operation.Cookie != 0 ? 1 : 0;
        OfiResult result = Advance(number);
        if (result == OfiResult.Again)
        {
            Free(number);
            return FabricStatus.Again;
        }

        LoseIf(result == OfiResult.Failed);
        return _isBroken ? FabricStatus.Lost : FabricStatus.Ok;
    }

    /// <summary>Brings an operation to its next step, or to its end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private OfiResult Advance(int number)
    {
        ref OfiOperation operation = ref _operations[number];
        bool isTold = operation.Kind == OfiOperationKind.WriteNotify && _strategy == OfiStrategy.Message;
        if (isTold && operation.LengthBytes <= OfiPacket.MaxPayloadBytes)
        {
            return SendPacket(number, ref operation, OfiPacketKind.Payload);
        }

        if (!_known.TryGetValue(operation.Key, out OfiBlockMessage block))
        {
            Ask(ref operation);
            return OfiResult.Started;
        }

        MemoryAccess access = operation.Kind == OfiOperationKind.Read ? MemoryAccess.RemoteRead : MemoryAccess.RemoteWrite;
        if (!IsAllowed(access, operation.RemoteOffset, operation.LengthBytes, block))
        {
            Refuse(number);
            return OfiResult.Started;
        }

        if (isTold && operation.IsMoved)
        {
            return SendPacket(number, ref operation, OfiPacketKind.Delivered);
        }

        if (operation.LengthBytes == 0 && operation.Kind != OfiOperationKind.WriteNotify)
        {
            Finish(number);
            return OfiResult.Started;
        }

        return Move(number, ref operation, block);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private OfiResult Move(int number, ref OfiOperation operation, in OfiBlockMessage block)
    {
        ulong rest = operation.LengthBytes - operation.DoneBytes;
        ulong piece = Math.Min(rest, _maxPieceBytes);
        byte* local = operation.Local!.Start + operation.LocalOffset + operation.DoneBytes;
        void* descriptor = _memory.DescriptorOf(operation.Local);
        ulong address = block.Address + operation.RemoteOffset + operation.DoneBytes;
        FiContext2* context = _buffers.SendContext(number);
        OfiResult result = operation.Kind switch
        {
            OfiOperationKind.Read => _link.Read(local, piece, descriptor, address, block.NetworkKey, context),
            OfiOperationKind.Write when operation.Cookie != 0 => _link.WriteDelivered(local, piece, descriptor, address, block.NetworkKey, context),
            OfiOperationKind.Write => _link.Write(local, piece, descriptor, address, block.NetworkKey, context),
            _ when piece == rest && _strategy == OfiStrategy.WriteWithData =>
                _link.WriteWithData(local, piece, descriptor, address, block.NetworkKey, operation.Immediate, context),
            _ => _link.WriteDelivered(local, piece, descriptor, address, block.NetworkKey, context),
        };
        if (result == OfiResult.Started)
        {
            operation.PieceBytes = piece;
            operation.State = OfiOperationState.Moving;
            _movingCount++;
        }

        return result;
    }

    private OfiResult SendPacket(int number, ref OfiOperation operation, OfiPacketKind kind)
    {
        int payloadBytes = kind == OfiPacketKind.Payload ? (int)operation.LengthBytes : 0;
        byte* message = _buffers.Outgoing(number);
        new OfiPacket(_peerSecret, operation.Key, operation.RemoteOffset, (uint)payloadBytes, operation.Immediate, kind)
            .Write(new Span<byte>(message, OfiPacket.SizeBytes));
        Unsafe.CopyBlockUnaligned(message + OfiPacket.SizeBytes, operation.Local!.Start + operation.LocalOffset, (uint)payloadBytes);
        OfiResult result = _link.Send(
            message, (ulong)(OfiPacket.SizeBytes + payloadBytes), _buffers.Descriptor, _buffers.SendContext(number));
        if (result == OfiResult.Started)
        {
            operation.State = OfiOperationState.Telling;
            _movingCount++;
        }

        return result;
    }

    private void Ask(ref OfiOperation operation)
    {
        if (!_operations.IsAsking(operation.Key))
        {
            _side.Send(new OfiBlockMessage(OfiMessageKind.Ask, operation.Key, 0, 0, 0, MemoryAccess.None));
        }

        operation.State = OfiOperationState.Asking;
        _askingCount++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsAllowed(MemoryAccess access, ulong remoteOffset, ulong lengthBytes, in OfiBlockMessage block) =>
        (block.Access & access) != 0
        && remoteOffset <= block.LengthBytes
        && lengthBytes <= block.LengthBytes - remoteOffset;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeSent()
    {
        int limit = Math.Min(_ready.Room, OfiLink.BatchLength);
        int count = limit == 0 ? 0 : _link.TakeSent(limit);
        if (count < 0)
        {
            Lose(_link.DescribeFailure());
            return;
        }

        for (int i = 0; i < count && !_isBroken; i++)
        {
            long number = _buffers.OperationOf(_link.SentContext(i));
            if ((ulong)number < OfiOperations.MaxCount) // else it is the rest of a probe
            {
                _movingCount--;
                EndStep((int)number);
            }
        }
    }

    private void EndStep(int number)
    {
        ref OfiOperation operation = ref _operations[number];
        if (operation.State == OfiOperationState.Telling)
        {
            _operations.Free(number);
            return;
        }

        operation.DoneBytes += operation.PieceBytes;
        bool isTold = operation.Kind == OfiOperationKind.WriteNotify && _strategy == OfiStrategy.Message;
        if (operation.IsMoved && !isTold)
        {
            Finish(number);
            return;
        }

        Retry(number);
    }

    /// <summary>Goes on with an operation that has begun: it waits where a new one would be turned away.</summary>
    private void Retry(int number)
    {
        OfiResult result = Advance(number);
        if (result == OfiResult.Again)
        {
            _operations[number].State = OfiOperationState.Waiting;
            _waitingCount++;
        }

        LoseIf(result == OfiResult.Failed);
    }

    private void RetryWaiting()
    {
        for (int number = 0; number < OfiOperations.MaxCount && _ready.Room > 0 && !_isBroken; number++)
        {
            if (_operations[number].State == OfiOperationState.Waiting)
            {
                _waitingCount--;
                Retry(number);
            }
        }
    }

    private void Free(int number)
    {
        _awaitedCount -= _operations[number].Cookie != 0 ? 1 : 0;
        _operations.Free(number);
    }

    private void Finish(int number)
    {
        OfiOperation operation = _operations[number];
        Free(number);
        if (operation.Cookie != 0)
        {
            CompletionKind kind = operation.Kind == OfiOperationKind.Read ? CompletionKind.Read : CompletionKind.Written;
            _ready.Add(kind, 0, Tag, operation.Cookie);
        }
    }

    private void Refuse(int number)
    {
        ulong cookie = _operations[number].Cookie;
        Free(number);
        _ready.Add(CompletionKind.Refused, 0, Tag, cookie == 0 ? ulong.MaxValue : cookie);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int TakeReceived()
    {
        int limit = Math.Min(_ready.Room, OfiLink.BatchLength);
        int count = limit == 0 ? 0 : _link.TakeReceived(limit);
        if (count < 0)
        {
            Lose(_link.DescribeFailure());
            return 0;
        }

        for (int i = 0; i < count && !_isBroken; i++)
        {
            Accept(_link.ReceivedEntry(i));
        }

        return count;
    }

    /// <summary>A write's notification may take the room of a message with it, on some networks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Accept(in FiCqDataEntry entry)
    {
        if ((entry.Flags & Fi.RemoteCqData) != 0)
        {
            _ready.Add(CompletionKind.Notified, (uint)entry.Data, Tag, 0);
        }
        else
        {
            AcceptPacket(entry);
        }

        _buffers.GiveBack(entry.OpContext);
    }

    private void AcceptPacket(in FiCqDataEntry entry)
    {
        int room = _buffers.RoomOf(entry.OpContext);
        int sizeBytes = (int)Math.Min(entry.Len, OfiBuffers.MessageBytes);
        if (room < 0
            || !OfiPacket.TryRead(new ReadOnlySpan<byte>(_buffers.Incoming(room), sizeBytes), out OfiPacket packet)
            || packet.Secret != _ownSecret)
        {
            return; // a stranger's: libfabric takes messages from whoever knows the address
        }

        switch (packet.Kind)
        {
            case OfiPacketKind.Payload:
                AcceptPayload(packet, _buffers.Incoming(room) + OfiPacket.SizeBytes);
                break;
            case OfiPacketKind.Delivered:
                _ready.Add(CompletionKind.Notified, packet.Immediate, Tag, 0);
                break;
            default:
                break; // a probe that came late
        }
    }

    private void AcceptPayload(in OfiPacket packet, byte* payload)
    {
        if (_memory.WritableOrNone(packet.Key, packet.Offset, packet.PayloadBytes) is not { } target)
        {
            _side.Send(new OfiBlockMessage(OfiMessageKind.Refused, packet.Key, 0, 0, 0, MemoryAccess.None));
            return;
        }

        Unsafe.CopyBlockUnaligned(target.Start + packet.Offset, payload, packet.PayloadBytes);
        _ready.Add(CompletionKind.Notified, packet.Immediate, Tag, 0);
    }

    private void Handle(in OfiBlockMessage message)
    {
        switch (message.Kind)
        {
            case OfiMessageKind.Ask:
                _side.Send(_memory.Tell(message.Key));
                break;
            case OfiMessageKind.Tell:
                Learn(message);
                break;
            case OfiMessageKind.Withdraw:
                _known.Remove(message.Key);
                _lastUsed = default;
                break;
            default:
                _ready.Add(CompletionKind.Refused, 0, Tag, ulong.MaxValue);
                break;
        }
    }

    private void Learn(in OfiBlockMessage block)
    {
        if (_known.Count == MaxKnownBlocks)
        {
            _known.Clear();
            _lastUsed = default;
        }

        if (block.LengthBytes > 0)
        {
            _known[block.Key] = block;
            _lastUsed = default;
        }

        for (int number = 0; number < OfiOperations.MaxCount && !_isBroken; number++)
        {
            if (_operations[number].State == OfiOperationState.Asking && _operations[number].Key == block.Key)
            {
                _askingCount--;
                GoOn(number, isKnown: block.LengthBytes > 0);
            }
        }
    }

    private void GoOn(int number, bool isKnown)
    {
        if (isKnown)
        {
            Retry(number);
        }
        else
        {
            Refuse(number);
        }
    }

    private void LoseIf(bool hasFailed)
    {
        if (hasFailed)
        {
            Lose(_link.DescribeFailure());
        }
    }

    private void Lose(string why)
    {
        if (!_isBroken)
        {
            _loss = why;
            _isBroken = true;
        }
    }

    private int ReportLoss(Span<Completion> completions, int count)
    {
        Close();
        if (!_isLossReported && _ready.IsEmpty && count < completions.Length)
        {
            _isLossReported = true;
            completions[count++] = new Completion(CompletionKind.PeerLost, 0, Tag, 0);
        }

        return count;
    }

    /// <summary>Takes everything from the network: whatever libfabric still does for a peer that is gone ends here.</summary>
    private void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _link.Settle();
        _memory.Clear(); // before the endpoint that registrations may be bound to
        _buffers.Unregister();
        _link.Dispose();
        _buffers.Dispose();
        _operations.Clear();
        _movingCount = _awaitedCount = _askingCount = _waitingCount = 0;
    }
}
