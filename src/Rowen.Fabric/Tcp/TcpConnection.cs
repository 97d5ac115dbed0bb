using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Tcp;

/// <summary>A data socket. Each frame of the peer is checked against what was shared on this very connection.</summary>
/// <remarks>
/// Small frames are received several at a time into a stage and copied; a payload that exceeds the stage is received
/// where it belongs, together with the beginning of what follows it.
/// </remarks>
internal sealed unsafe class TcpConnection : FabricConnection
{
    private const int StageBytes = 16384;
    private const int DropBytes = 65536;

    /// <summary>Bound of one poll: a peer that sends without end must not keep its owner from anything else.</summary>
    private const int MaxReceivesPerPoll = 16;

    private readonly TcpEndpoint _endpoint;
    private readonly Socket _socket;
    private readonly TcpSender _sender;
    private readonly TcpOperations _operations = new();
    private readonly Dictionary<ulong, RegisteredMemory> _shared = [];
    private readonly byte* _stage = (byte*)NativeMemory.Alloc(StageBytes);
    private readonly byte* _dropped = (byte*)NativeMemory.Alloc(DropBytes);
    private int _stageStart;
    private int _stageEnd;
    private TcpFrame _frame;
    private RegisteredMemory? _target;
    private ulong _targetOffset;
    private ulong _payloadRest;
    private bool _isInPayload;
    private volatile bool _isBroken;
    private bool _isLossReported;
    private bool _isDisposed;

    public TcpConnection(TcpEndpoint endpoint, Socket socket)
    {
        _endpoint = endpoint;
        _socket = socket;
        Descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        _sender = new TcpSender(Descriptor);
    }

    public override FabricEndpoint Endpoint => _endpoint;

    public override bool IsLost => _isBroken;

    public override bool HasUnsent => !_sender.IsEmpty;

    internal int Descriptor { get; }

    /// <summary>Something that no event of the socket would tell.</summary>
    internal bool HasArrived => _isBroken || _sender.IsOver
        ? !_isLossReported
        : _stageEnd - _stageStart >= (_isInPayload ? 1 : TcpFrame.SizeBytes) || (_isInPayload && _payloadRest == 0);

    public override RemoteBlock Share(RegisteredMemory memory)
    {
        _endpoint.CheckOwned(memory);
        _shared[memory.Key] = memory;
        return memory.Descriptor;
    }

    /// <summary>Bytes must travel.</summary>
    public override RegisteredMemory? MapOrNone(RemoteBlock remote) => null;

    public override void Revoke(RegisteredMemory memory)
    {
        _endpoint.CheckOwned(memory);
        StopServing(memory, isReturned: false);
    }

    public override FabricStatus TryWrite(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        local.CheckRange(localOffset, lengthBytes);
        remote.CheckRange(remoteOffset, lengthBytes);
        FabricStatus status = LookBeforeSending();
        if (status != FabricStatus.Ok)
        {
            return status;
        }

        ulong operation = 0;
        if (cookie != 0)
        {
            operation = _operations.StartOrNone(isRead: false, cookie, local: null, 0, 0);
            if (operation == 0)
            {
                return FabricStatus.Again;
            }
        }

        _sender.Send(new TcpFrame(TcpFrameKind.Write, 0, remote.Key, remoteOffset, lengthBytes, operation), local, localOffset);
        return FabricStatus.Ok;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override FabricStatus TryWriteNotify(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, uint immediate)
    {
        local.CheckRange(localOffset, lengthBytes);
        remote.CheckRange(remoteOffset, lengthBytes);
        FabricStatus status = LookBeforeSending();
        if (status == FabricStatus.Ok)
        {
            _sender.Send(
                new TcpFrame(TcpFrameKind.WriteNotify, immediate, remote.Key, remoteOffset, lengthBytes, 0), local, localOffset);
        }

        return status;
    }

    public override FabricStatus TryRead(
        RegisteredMemory local, ulong localOffset, RemoteBlock remote, ulong remoteOffset, ulong lengthBytes, ulong cookie)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cookie);
        local.CheckRange(localOffset, lengthBytes);
        remote.CheckRange(remoteOffset, lengthBytes);
        FabricStatus status = LookBeforeSending();
        if (status != FabricStatus.Ok)
        {
            return status;
        }

        ulong operation = _operations.StartOrNone(isRead: true, cookie, local, localOffset, lengthBytes);
        if (operation == 0)
        {
            return FabricStatus.Again;
        }

        _sender.Send(
            new TcpFrame(TcpFrameKind.ReadRequest, 0, remote.Key, remoteOffset, lengthBytes, operation), memory: null, 0);
        return FabricStatus.Ok;
    }

    public override void Break()
    {
        _isBroken = true;
        _endpoint.Wake();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int Poll(Span<Completion> completions, int count)
    {
        if (_isBroken)
        {
            return ReportLoss(completions, count);
        }

        if (!_sender.IsEmpty)
        {
            _sender.Flush();
        }

        int first = count;
        int receives = 0;
        while (count < completions.Length && !_isBroken)
        {
            if (_isInPayload)
            {
                if (!TryReceivePayload(ref receives))
                {
                    break;
                }

                count = FinishPayload(completions, count);
            }
            else if (_stageEnd - _stageStart >= TcpFrame.SizeBytes)
            {
                count = BeginFrame(completions, count);
            }
            else if (count > first || !TryFillStage(ref receives))
            {
                break; // whoever got something is spared the call that says there is no more
            }
        }

        BreakIf(_sender.IsOver);
        return _isBroken ? ReportLoss(completions, count) : count;
    }

    /// <summary>Memory goes away, whatever still refers to it.</summary>
    internal void Forget(RegisteredMemory memory)
    {
        StopServing(memory, isReturned: true);
        _operations.Forget(memory);
    }

    protected override void Dispose(bool isDisposing)
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _isBroken = true;
        _endpoint.Forget(this);
        _shared.Clear();
        _sender.Dispose();
        NativeMemory.Free(_stage);
        NativeMemory.Free(_dropped);
        _socket.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FabricStatus LookBeforeSending()
    {
        if (_isBroken || _sender.IsOver)
        {
            return FabricStatus.Lost;
        }

        return _sender.IsFull ? FabricStatus.Again : FabricStatus.Ok;
    }

    private bool TryFillStage(ref int receives)
    {
        if (_stageStart > 0)
        {
            int kept = _stageEnd - _stageStart;
            Buffer.MemoryCopy(_stage + _stageStart, _stage, StageBytes, kept);
            _stageStart = 0;
            _stageEnd = kept;
        }

        nint received = receives++ == MaxReceivesPerPoll
            ? StreamSocket.NothingNow
            : StreamSocket.Receive(Descriptor, _stage + _stageEnd, (nuint)(StageBytes - _stageEnd));
        return TryTake(received, ref _stageEnd);
    }

    /// <summary>Brings the payload nearer to its end; false if that is not possible now.</summary>
    private bool TryReceivePayload(ref int receives)
    {
        if (_payloadRest == 0)
        {
            return true;
        }

        int staged = _stageEnd - _stageStart;
        if (staged > 0)
        {
            int taken = (int)Math.Min((ulong)staged, _payloadRest);
            if (_target is not null)
            {
                Unsafe.CopyBlockUnaligned(_target.Start + _targetOffset, _stage + _stageStart, (uint)taken);
            }

            _stageStart += taken;
            AdvancePayload((ulong)taken);
            return true;
        }

        return receives++ < MaxReceivesPerPoll && TryReceiveInPlace();
    }

    private bool TryReceiveInPlace()
    {
        _stageStart = 0;
        _stageEnd = 0;
        nuint wanted = (nuint)_payloadRest;
        nint received = _target is null
            ? StreamSocket.Receive(Descriptor, _dropped, Math.Min(wanted, DropBytes))
            : StreamSocket.Receive(Descriptor, _target.Start + _targetOffset, wanted, _stage, StageBytes);
        int total = 0;
        if (received > 0 && (nuint)received > wanted)
        {
            _stageEnd = (int)((nuint)received - wanted);
            received = (nint)wanted;
        }

        if (received <= 0)
        {
            return TryTake(received, ref total);
        }

        AdvancePayload((ulong)received);
        return true;
    }

    private void AdvancePayload(ulong bytes)
    {
        _payloadRest -= bytes;
        _targetOffset += bytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(nint received, ref int total)
    {
        if (received > 0)
        {
            total += (int)received;
            return true;
        }

        BreakIf(received == StreamSocket.Over);
        return false;
    }

    private int BeginFrame(Span<Completion> completions, int count)
    {
        if (!TcpFrame.TryRead(new ReadOnlySpan<byte>(_stage + _stageStart, TcpFrame.SizeBytes), out _frame))
        {
            _isBroken = true;
            return count;
        }

        _stageStart += TcpFrame.SizeBytes;
        switch (_frame.Kind)
        {
            case TcpFrameKind.Write or TcpFrameKind.WriteNotify:
                BeginPayload(FindShared(MemoryAccess.RemoteWrite), _frame.Offset);
                return count;
            case TcpFrameKind.ReadRequest:
                ServeRead();
                return count;
            case TcpFrameKind.ReadReply:
                BeginReadReply();
                return count;
            default:
                return FinishOperation(completions, count);
        }
    }

    private void BeginPayload(RegisteredMemory? target, ulong offset)
    {
        _target = target;
        _targetOffset = offset;
        _payloadRest = _frame.LengthBytes;
        _isInPayload = true;
    }

    private void BeginReadReply()
    {
        ref TcpOperations.Operation operation = ref _operations.FindOrNone(_frame.Operation);
        if (Unsafe.IsNullRef(ref operation)
            || !operation.IsRead
            || _frame.Offset != operation.ReceivedBytes
            || _frame.LengthBytes > operation.LengthBytes - operation.ReceivedBytes)
        {
            _isBroken = true; // an answer to nothing that we asked
            return;
        }

        operation.ReceivedBytes += _frame.LengthBytes;
        BeginPayload(operation.Local, operation.LocalOffset + _frame.Offset);
    }

    private void ServeRead()
    {
        RegisteredMemory? memory = FindShared(MemoryAccess.RemoteRead);
        bool isAnswered = memory is null
            ? _sender.TryAnswer(TcpFrameKind.Refused, _frame.Operation)
            : _sender.TryAnswerRead(_frame, memory);
        BreakIf(!isAnswered);
    }

    private int FinishPayload(Span<Completion> completions, int count)
    {
        if (_payloadRest > 0)
        {
            return count;
        }

        _isInPayload = false;
        bool isAccepted = _target is not null;
        _target = null;
        if (_frame.Kind == TcpFrameKind.WriteNotify && isAccepted)
        {
            completions[count++] = new Completion(CompletionKind.Notified, _frame.Immediate, Tag, 0);
        }
        else if (_frame.Kind != TcpFrameKind.ReadReply && (!isAccepted || _frame.Operation != 0))
        {
            BreakIf(!_sender.TryAnswer(isAccepted ? TcpFrameKind.Done : TcpFrameKind.Refused, _frame.Operation));
        }

        return count;
    }

    private int FinishOperation(Span<Completion> completions, int count)
    {
        bool isDone = _frame.Kind == TcpFrameKind.Done;
        if (!isDone && _frame.Operation == 0)
        {
            completions[count++] = new Completion(CompletionKind.Refused, 0, Tag, ulong.MaxValue);
            return count;
        }

        ref TcpOperations.Operation operation = ref _operations.FindOrNone(_frame.Operation);
        if (Unsafe.IsNullRef(ref operation) || (isDone && operation.ReceivedBytes != operation.LengthBytes))
        {
            _isBroken = true;
            return count;
        }

        bool isUsable = isDone && (!operation.IsRead || operation.Local is not null);
        CompletionKind kind = !isUsable ? CompletionKind.Refused
            : operation.IsRead ? CompletionKind.Read : CompletionKind.Written;
        completions[count++] = new Completion(kind, 0, Tag, operation.Cookie);
        operation = default;
        return count;
    }

    private RegisteredMemory? FindShared(MemoryAccess access) =>
        _shared.TryGetValue(_frame.Key, out RegisteredMemory? memory)
        && (memory.Access & access) != 0
        && _frame.Offset <= memory.LengthBytes
        && _frame.LengthBytes <= memory.LengthBytes - _frame.Offset
            ? memory
            : null;

    private void StopServing(RegisteredMemory memory, bool isReturned)
    {
        _shared.Remove(memory.Key);
        _sender.Forget(memory, isReturned);
        bool isIncoming = _isInPayload && _target == memory;
        if (isIncoming && (isReturned || _frame.Kind != TcpFrameKind.ReadReply))
        {
            _target = null; // the rest is dropped, then the write is refused
        }
    }

    /// <summary>Not <c>|=</c>: another thread may set it meanwhile, and must not be overwritten.</summary>
    private void BreakIf(bool isOver)
    {
        if (isOver)
        {
            _isBroken = true;
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
}
