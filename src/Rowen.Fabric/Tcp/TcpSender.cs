using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Tcp;

/// <summary>What goes out on a data socket: directly while the socket takes it, otherwise in turn, without a copy.</summary>
/// <remarks>Bounded: our own operations by <see cref="MaxOwnCount"/>, answers by what the peer may have under way.</remarks>
internal sealed unsafe class TcpSender : IDisposable
{
    /// <summary>Own operations that wait for room in the socket.</summary>
    public const int MaxOwnCount = 64;

    /// <summary>A read is answered in pieces, so that a large one does not keep a small write waiting.</summary>
    private const ulong PieceBytes = 1 << 20;

    /// <summary>Up to here a payload is copied behind its header: cheaper than telling the kernel of two pieces.</summary>
    private const int MaxStagedBytes = 4096;

    private const int FillerBytes = 65536;
    private const int MaxSendsPerFlush = 64;
    private const int QueueLength = 256; // own operations, answers and one refusal: 129 at most; a power of two

    private readonly int _socket;
    private readonly Outgoing[] _queue = new Outgoing[QueueLength];
    private readonly byte* _stage = (byte*)NativeMemory.AllocZeroed(TcpFrame.SizeBytes + MaxStagedBytes);
    private readonly byte* _filler = (byte*)NativeMemory.AllocZeroed(FillerBytes);
    private uint _head;
    private uint _tail;
    private int _ownCount;
    private int _answerCount;
    private bool _isRefusalQueued;

    public TcpSender(int socket) => _socket = socket;

    public bool IsEmpty => _head == _tail;

    /// <summary>The socket has refused for good.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether an operation of ours would have to wait too long.</summary>
    public bool IsFull => _ownCount >= MaxOwnCount;

    /// <summary>Sends a frame of ours, and its payload. Only while not <see cref="IsFull"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Send(in TcpFrame frame, RegisteredMemory? memory, ulong offset)
    {
        ulong payloadBytes = memory is null ? 0 : frame.LengthBytes;
        nint sent = 0;
        if (_head == _tail)
        {
            frame.Write(new Span<byte>(_stage, TcpFrame.SizeBytes));
            sent = SendNow(memory, offset, payloadBytes);
            if (sent < 0)
            {
                IsOver = true;
                return;
            }

            if ((ulong)sent == TcpFrame.SizeBytes + payloadBytes)
            {
                return;
            }
        }

        Outgoing entry = new() { Frame = frame, Memory = memory, Offset = offset, PayloadBytes = payloadBytes, IsOwn = true };
        entry.Advance(sent);
        _ownCount++;
        Enqueue(entry);
    }

    /// <summary>Answers an operation of the peer's in one frame.</summary>
    /// <returns>False if the peer has more under way than is allowed.</returns>
    public bool TryAnswer(TcpFrameKind kind, ulong operation)
    {
        if (operation == 0)
        {
            QueueRefusal();
            return true;
        }

        if (_answerCount == TcpOperations.MaxCount)
        {
            return false;
        }

        _answerCount++;
        Enqueue(new Outgoing { Frame = new TcpFrame(kind, 0, 0, 0, 0, operation) });
        Flush();
        return true;
    }

    /// <summary>Answers a read of the peer's, piece by piece.</summary>
    /// <returns>False if the peer has more under way than is allowed.</returns>
    public bool TryAnswerRead(in TcpFrame request, RegisteredMemory memory)
    {
        if (_answerCount == TcpOperations.MaxCount)
        {
            return false;
        }

        _answerCount++;
        var entry = new Outgoing { Memory = memory, Offset = request.Offset, IsRead = true };
        entry.BeginPiece(request.Operation, pieceOffset: 0, request.LengthBytes);
        Enqueue(entry);
        Flush();
        return true;
    }

    /// <summary>Memory is no longer the peer's to read, or no longer there at all.</summary>
    public void Forget(RegisteredMemory memory, bool isReturned)
    {
        for (uint i = _head; i != _tail; i++)
        {
            ref Outgoing entry = ref _queue[i % QueueLength];
            if (entry.Memory != memory)
            {
                continue;
            }

            if (entry.IsRead)
            {
                entry.Memory = null; // the piece under way is filled up with zeros, then the read is refused
            }
            else if (isReturned)
            {
                IsOver = true; // our own write needed these bytes: what follows could not be understood any more
            }
        }
    }

    /// <summary>Sends what the socket takes now.</summary>
    public void Flush()
    {
        for (int sends = 0; _head != _tail && sends < MaxSendsPerFlush && !IsOver; sends++)
        {
            ref Outgoing entry = ref _queue[_head % QueueLength];
            nint sent = SendRest(ref entry);
            if (sent == StreamSocket.NothingNow)
            {
                return;
            }

            if (sent < 0)
            {
                IsOver = true;
                return;
            }

            entry.Advance(sent);
            if (entry.IsSent)
            {
                Finish();
            }
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_stage);
        NativeMemory.Free(_filler);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint SendNow(RegisteredMemory? memory, ulong offset, ulong payloadBytes)
    {
        if (payloadBytes > MaxStagedBytes)
        {
            return StreamSocket.Send(_socket, _stage, TcpFrame.SizeBytes, memory!.Start + offset, (nuint)payloadBytes);
        }

        if (payloadBytes > 0)
        {
            Unsafe.CopyBlockUnaligned(_stage + TcpFrame.SizeBytes, memory!.Start + offset, (uint)payloadBytes);
        }

        return StreamSocket.Send(_socket, _stage, TcpFrame.SizeBytes + (nuint)payloadBytes);
    }

    private nint SendRest(ref Outgoing entry)
    {
        byte* payload = entry.Memory is null ? _filler : entry.Memory.Start + entry.Offset + entry.SentPayloadBytes;
        ulong payloadBytes = entry.PayloadBytes - entry.SentPayloadBytes;
        payloadBytes = entry.Memory is null ? Math.Min(payloadBytes, FillerBytes) : payloadBytes;
        if (entry.SentHeaderBytes == TcpFrame.SizeBytes)
        {
            return StreamSocket.Send(_socket, payload, (nuint)payloadBytes);
        }

        entry.Frame.Write(new Span<byte>(_stage, TcpFrame.SizeBytes));
        byte* header = _stage + entry.SentHeaderBytes;
        nuint headerBytes = (nuint)(TcpFrame.SizeBytes - entry.SentHeaderBytes);
        return payloadBytes == 0
            ? StreamSocket.Send(_socket, header, headerBytes)
            : StreamSocket.Send(_socket, header, headerBytes, payload, (nuint)payloadBytes);
    }

    /// <summary>The first in the queue is sent. A read that has more to send goes to the end of the queue.</summary>
    private void Finish()
    {
        Outgoing entry = _queue[_head % QueueLength];
        _queue[_head++ % QueueLength] = default;
        if (entry.IsOwn)
        {
            _ownCount--;
        }
        else if (entry.IsRead)
        {
            Enqueue(entry.Next());
        }
        else if (entry.Frame.Operation == 0)
        {
            _isRefusalQueued = false;
        }
        else
        {
            _answerCount--;
        }
    }

    /// <summary>Refusals of writes that wanted no answer count as one while they wait: a peer cannot flood us with them.</summary>
    private void QueueRefusal()
    {
        if (!_isRefusalQueued)
        {
            _isRefusalQueued = true;
            Enqueue(new Outgoing { Frame = new TcpFrame(TcpFrameKind.Refused, 0, 0, 0, 0, 0) });
            Flush();
        }
    }

    private void Enqueue(in Outgoing entry)
    {
        Debug.Assert(_tail - _head < QueueLength, "Own operations and answers are bounded by less than the queue.");
        _queue[_tail++ % QueueLength] = entry;
    }

    private struct Outgoing
    {
        public TcpFrame Frame;
        public RegisteredMemory? Memory;
        public ulong Offset;
        public ulong PayloadBytes;
        public ulong SentPayloadBytes;
        public ulong RestBytes;
        public int SentHeaderBytes;
        public bool IsOwn;
        public bool IsRead;

        public readonly bool IsSent => SentHeaderBytes == TcpFrame.SizeBytes && SentPayloadBytes == PayloadBytes;

        public void Advance(nint sent)
        {
            int header = (int)Math.Min(sent, TcpFrame.SizeBytes - SentHeaderBytes);
            SentHeaderBytes += header;
            SentPayloadBytes += (ulong)(sent - header);
        }

        public void BeginPiece(ulong operation, ulong pieceOffset, ulong lengthBytes)
        {
            PayloadBytes = Math.Min(lengthBytes, PieceBytes);
            RestBytes = lengthBytes - PayloadBytes;
            Frame = new TcpFrame(TcpFrameKind.ReadReply, 0, 0, pieceOffset, PayloadBytes, operation);
            SentHeaderBytes = 0;
            SentPayloadBytes = 0;
        }

        /// <summary>What follows a piece: the next one, or the word that the read is complete or refused.</summary>
        public readonly Outgoing Next()
        {
            if (Memory is null || RestBytes == 0)
            {
                TcpFrameKind kind = Memory is null ? TcpFrameKind.Refused : TcpFrameKind.Done;
                return new Outgoing { Frame = new TcpFrame(kind, 0, 0, 0, 0, Frame.Operation) };
            }

            Outgoing next = this;
            next.Offset += PayloadBytes;
            next.BeginPiece(Frame.Operation, Frame.Offset + PayloadBytes, RestBytes);
            return next;
        }
    }
}
