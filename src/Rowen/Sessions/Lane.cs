using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Sessions;

/// <summary>The caller's end of one executor thread: its slots, what goes out of them and what comes back.</summary>
/// <remarks>
/// Thread safety: any thread. Everything happens under the gate: free slots, the endpoint, and what callers wait for.
/// Who polls for answers, and who sleeps until they come, is the <see cref="LaneWaiter"/>'s.
/// </remarks>
internal sealed class Lane : IDisposable
{
    private readonly ExecutorSession _session;
    private readonly FabricEndpoint _endpoint;
    private readonly FabricConnection _connection;
    private readonly PendingCall[] _calls;
    private readonly (ErrorCode Error, ulong LengthBytes)[] _fetching;
    private readonly Completion[] _completions = new Completion[16];
    private readonly LaneWaiter _waiter;
    private readonly int _allSlots;
    private LaneGate _gate;
    private int _free;
    private int _freedAside;
    private ulong _lastInvocation;
    private bool _isPeerLost;
    private volatile bool _isDisposed;

    public Lane(ExecutorSession session, FabricConnection connection, LaneMemory memory, long hotWindowUs)
    {
        _session = session;
        _connection = connection;
        _endpoint = connection.Endpoint;
        Memory = memory;
        _calls = [.. Enumerable.Range(0, memory.Layout.SlotCount).Select(slot => new PendingCall(this, slot))];
        _fetching = new (ErrorCode, ulong)[_calls.Length];
        _allSlots = _calls.Length == 32 ? -1 : (1 << _calls.Length) - 1;
        _free = _allSlots;
        _waiter = new LaneWaiter(this, _endpoint, hotWindowUs < 0 ? long.MaxValue : hotWindowUs * Stopwatch.Frequency / 1_000_000);
    }

    public LaneMemory Memory { get; }

    public bool IsIdle => (Volatile.Read(ref _free) | Volatile.Read(ref _freedAside)) == _allSlots;

    public bool HasFreeSlot
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Volatile.Read(ref _free) | Volatile.Read(ref _freedAside)) != 0;
    }

    public bool IsDisposed => _isDisposed;

    public ReadOnlySpan<PendingCall> Calls => _calls;

    /// <summary>Takes a free slot, if there is one.</summary>
    public PendingCall? TakeOrNone()
    {
        if (!HasFreeSlot)
        {
            return null; // without disturbing whoever is inside
        }

        _gate.Enter(_endpoint);
        PendingCall? call = TakeInside();
        _gate.Exit();
        return call;
    }

    /// <summary>Takes a free slot, if there is one, and sends a request whose payload fits into it. For synchronous callers without a deadline.</summary>
    public PendingCall? StartOrNone(uint functionIndex, ReadOnlySpan<byte> input, ulong resultCapacity)
    {
        if (!HasFreeSlot)
        {
            return null;
        }

        _gate.Enter(_endpoint);
        PendingCall? call = TakeInside();
        if (call is null)
        {
            _gate.Exit();
            return null;
        }

        call.Begin(resultCapacity, deadlineAt: long.MaxValue, isAsync: false, continuesInline: false);
        SendAndExit(call, functionIndex, input, deadlineMs: 0);
        return call;
    }

    /// <summary>Only <see cref="PendingCall"/> calls it, when both its ends are closed.</summary>
    public void Free(int slot)
    {
        bool isLarge = _calls[slot].ReplyBytes > LaneMemory.KeptOverflowBytes;
        if (_gate.TryEnter())
        {
            _free |= 1 << slot;
            TrimAndExit(slot, isLarge);
        }
        else if (isLarge)
        {
            _gate.Enter(_endpoint);
            _free |= 1 << slot;
            TrimAndExit(slot, isLarge);
        }
        else
        {
            Interlocked.Or(ref _freedAside, 1 << slot); // whoever sleeps inside may sleep on
        }

        _session.SlotFreed();
    }

    /// <summary>Room for an input that exceeds the slot.</summary>
    /// <exception cref="OutOfMemoryException">The system refused.</exception>
    public RegisteredMemory ReserveInput(PendingCall call, ulong lengthBytes)
    {
        _gate.Enter(_endpoint);
        try
        {
            return Memory.ReserveOverflow(call.Slot, lengthBytes);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Sends a request whose payload fits into the slot.</summary>
    public void Send(PendingCall call, uint functionIndex, ReadOnlySpan<byte> input, uint deadlineMs)
    {
        _gate.Enter(_endpoint);
        SendAndExit(call, functionIndex, input, deadlineMs);
    }

    /// <summary>Sends a request whose payload lies in <paramref name="overflow"/>.</summary>
    public void Send(PendingCall call, uint functionIndex, ulong payloadBytes, RemoteBlock overflow, uint deadlineMs)
    {
        _gate.Enter(_endpoint);
        SendAndExit(call, functionIndex, payloadBytes, overflow, deadlineMs);
    }

    /// <summary>Waits until a call is done: polls, then sleeps.</summary>
    /// <returns>False if it is not done at <paramref name="until"/>, a time of the stopwatch.</returns>
    public bool Await(PendingCall call, long until = long.MaxValue) => _waiter.Await(call, until);

    /// <summary>Polls once.</summary>
    public void Look() => Step();

    /// <summary>Polls until a call is done, at most so often, if no other thread is at it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="maxPolls">How often.</param>
    /// <param name="hasPauses">Whether the other half of the core gets its share in between; a hot answer is here before.</param>
    public void PollFor(PendingCall call, int maxPolls, bool hasPauses)
    {
        if (_gate.IsWanted || !_gate.TryEnter())
        {
            SpinPause.Once();
            return;
        }

        int published = PollInside(call, maxPolls, hasPauses);
        _gate.Exit();
        Publish(published);
    }

    /// <summary>Polls likewise, without pauses; if the call is done and its result fits, takes the result and frees the slot.</summary>
    /// <returns>Length of the result; -1 if there is more to say or to wait for.</returns>
    public long TryFinish(PendingCall call, Span<byte> output, int maxPolls)
    {
        if (_gate.IsWanted || !_gate.TryEnter())
        {
            return -1;
        }

        int published = PollInside(call, maxPolls, hasPauses: false);
        long length = _isDisposed ? -1 : call.TryTake(output); // its memory is gone
        _free |= Bit(call.Slot, length >= 0);
        _gate.Exit();
        Publish(published);
        if (length >= 0)
        {
            _session.SlotFreed();
        }

        return length;
    }

    /// <summary>One poll, if no other thread is at it.</summary>
    /// <returns>Whether anything happened.</returns>
    public bool Step()
    {
        if (!_gate.TryEnter())
        {
            return false;
        }

        int count = _isDisposed ? 0 : _endpoint.Poll(_completions);
        int published = count == 0 && !_isPeerLost ? 0 : Handle(count);
        _gate.Exit();
        Publish(published);
        return count > 0;
    }

    /// <summary>Sleeps until something arrives, if a condition still holds once nobody else is inside.</summary>
    public void SleepWhile(PendingCall? call, TimeSpan nap)
    {
        _gate.Enter(_endpoint);
        if (call is not { IsDone: true } && !_isDisposed)
        {
            _endpoint.Wait(nap);
        }

        _gate.Exit();
    }

    /// <summary>Ends the wait for calls whose deadline is over.</summary>
    public void Expire(long now)
    {
        int published = 0;
        _gate.Enter(_endpoint);
        foreach (PendingCall call in _calls)
        {
            if (IsTaken(call.Slot) && !call.IsDone && now >= call.DeadlineAt)
            {
                bool isPublished = call.GiveUp(ErrorCode.DeadlineExceeded, "No answer came before the deadline; the function may still be running.");
                published |= Bit(call.Slot, isPublished);
            }
        }

        _gate.Exit();
        Publish(published);
    }

    /// <summary>The caller's token was cancelled: it stops waiting, the function may go on.</summary>
    public void Cancel(PendingCall call, CancellationToken token)
    {
        _gate.Enter(_endpoint);
        bool isPublished = !call.IsDone && call.GiveUp(ErrorCode.Unknown, "The caller cancelled.", token);
        _gate.Exit();
        _endpoint.Wake();
        Publish(Bit(call.Slot, isPublished));
    }

    /// <summary>The session knows that the executor is gone, and why: every call under way ends.</summary>
    public void Break() => _connection.Break();

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _connection.Break();
        while (!IsIdle && !_isPeerLost)
        {
            Step(); // reports the loss to whoever waits
        }

        _isDisposed = true;
        _waiter.Dispose();
        _gate.Enter(_endpoint);
        Memory.Dispose();
        _connection.Dispose();
        _endpoint.Dispose();
        _gate.Exit();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PendingCall? TakeInside()
    {
        if (_freedAside != 0)
        {
            _free |= Interlocked.Exchange(ref _freedAside, 0);
        }

        int free = _free;
        _free = free & (free - 1);
        return free == 0 ? null : _calls[BitOperations.TrailingZeroCount(free)];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SendAndExit(PendingCall call, uint functionIndex, ReadOnlySpan<byte> input, uint deadlineMs)
    {
        if (!_isDisposed)
        {
            input.CopyTo(Memory.OutgoingPayload(call.Slot));
        }

        SendAndExit(call, functionIndex, (ulong)input.Length, overflow: default, deadlineMs);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SendAndExit(PendingCall call, uint functionIndex, ulong payloadBytes, RemoteBlock overflow, uint deadlineMs)
    {
        call.InvocationId = ++_lastInvocation;
        call.IsSent = !_isDisposed && Memory.TrySend(call.Slot, HeaderOf(call, functionIndex, payloadBytes, overflow, deadlineMs)) == FabricStatus.Ok;
        if (call.IsSent && !call.IsAsync)
        {
            _gate.Exit();
        }
        else
        {
            FinishSend(call, functionIndex, payloadBytes, overflow, deadlineMs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static InvocationHeader HeaderOf(PendingCall call, uint functionIndex, ulong payloadBytes, RemoteBlock overflow, uint deadlineMs) => new(
        InvocationKind.Request, ErrorCode.None, functionIndex, call.InvocationId, payloadBytes, overflow.Key, call.ResultCapacity, deadlineMs);

    /// <summary>Whatever takes longer: an asynchronous caller, a queue that is full, a peer that is lost. It makes its own header, that the quick way's need not lie in memory.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FinishSend(PendingCall call, uint functionIndex, ulong payloadBytes, RemoteBlock overflow, uint deadlineMs)
    {
        InvocationHeader header = HeaderOf(call, functionIndex, payloadBytes, overflow, deadlineMs);
        FabricStatus status = call.IsSent ? FabricStatus.Ok : FabricStatus.Lost;
        while (status != FabricStatus.Ok && !_isDisposed && (status = Memory.TrySend(call.Slot, header)) == FabricStatus.Again)
        {
            _gate.Exit();
            Step();
            _gate.Enter(_endpoint);
        }

        call.IsSent = status == FabricStatus.Ok;
        if (call.IsAsync)
        {
            FinishAsynchronousSend(call);
            return;
        }

        if (!call.IsSent)
        {
            call.CompleteWithLoss(ErrorCode.NotExecuted, _session.LossText);
        }

        _gate.Exit();
    }

    private void FinishAsynchronousSend(PendingCall call)
    {
        _waiter.AsynchronousCallBegins();
        bool isPublished = !call.IsSent && call.CompleteWithLoss(ErrorCode.NotExecuted, _session.LossText);
        _gate.Exit();
        if (isPublished)
        {
            Publish(1 << call.Slot);
        }
        else
        {
            _waiter.WakePoller();
        }
    }

    private void TrimAndExit(int slot, bool isLarge)
    {
        if (isLarge && !_isDisposed)
        {
            Memory.TrimFetched(slot);
        }

        _gate.Exit();
    }

    private bool IsTaken(int slot) => ((_free | Volatile.Read(ref _freedAside)) & (1 << slot)) == 0;

    /// <summary>Until a call is done, or anything else happened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PollInside(PendingCall call, int maxPolls, bool hasPauses) => call.IsDone ? 0 : Handle(PollUntilAnything(maxPolls, hasPauses));

    /// <summary>Until a poll brings something, or the caller must look around. By itself, so that what it needs stays in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int PollUntilAnything(int maxPolls, bool hasPauses)
    {
        FabricEndpoint endpoint = _endpoint;
        Completion[] completions = _completions;
        int count = 0;
        for (int left = maxPolls; left > 0 && !_isDisposed; left--)
        {
            count = endpoint.Poll(completions);
            if (count != 0 || _isPeerLost || _gate.IsWanted)
            {
                break;
            }

            if (hasPauses)
            {
                SpinPause.Once();
            }
        }

        return count;
    }

    /// <summary>Takes what a poll has brought.</summary>
    /// <returns>Slots, as bits, whose asynchronous callers must be told outside the gate.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Handle(int count)
    {
        int published = 0;
        for (int i = 0; i < count; i++)
        {
            published |= _completions[i].Kind == CompletionKind.Notified ? Accept(_completions[i].Immediate) : Handle(_completions[i]);
        }

        return _isPeerLost ? published | FailAll() : published;
    }

    private int Handle(in Completion completion)
    {
        switch (completion.Kind)
        {
            case CompletionKind.Read or CompletionKind.Refused when Memory.IsFetch(completion):
                FetchState state = Memory.ContinueFetch(completion, out int slot);
                return FinishFetch(slot, state);
            case CompletionKind.Refused:
                _session.LoseExecutor(new ErrorAnswer(ErrorCode.MalformedMessage, "The executor refused a request's memory."));
                return 0;
            case CompletionKind.PeerLost:
                _isPeerLost = true;
                _session.LoseExecutor(why: null);
                return 0;
            default:
                return 0;
        }
    }

    /// <summary>Takes an answer.</summary>
    /// <returns>As <see cref="Handle(int)"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Accept(uint immediate)
    {
        if (immediate < (uint)_calls.Length)
        {
            Memory.Prefetch((int)immediate);
        }

        if (!Memory.TryReadIncoming(immediate, out InvocationHeader header)
            || header.Kind != InvocationKind.Reply
            || header.InvocationId != _calls[immediate].InvocationId)
        {
            return LoseToNonsense();
        }

        int slot = (int)immediate;
        Memory.TrimOverflow(slot); // the executor has read its input
        return header.RemoteKey == 0 || _calls[slot].IsDone
            ? Bit(slot, _calls[slot].CompleteWithReply(header.Error, header.PayloadBytes, isFetched: false))
            : Fetch(slot, header.Error, new RemoteBlock(header.RemoteKey, header.PayloadBytes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bit(int slot, bool isSet) => isSet ? 1 << slot : 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int LoseToNonsense()
    {
        _session.LoseExecutor(new ErrorAnswer(ErrorCode.MalformedMessage, "The executor answered with bytes that are no answer."));
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Fetch(int slot, ErrorCode error, RemoteBlock result)
    {
        _fetching[slot] = (error, result.LengthBytes);
        return FinishFetch(slot, Memory.BeginFetch(slot, result));
    }

    private int FinishFetch(int slot, FetchState state)
    {
        PendingCall call = _calls[slot];
        (ErrorCode error, ulong lengthBytes) = _fetching[slot];
        return Bit(slot, state switch
        {
            FetchState.UnderWay => false,
            FetchState.Done => call.CompleteWithReply(error, lengthBytes, isFetched: true),
            FetchState.NoMemory => call.CompleteWithLoss(ErrorCode.ResultTooLarge, $"This machine has no memory for a result of {lengthBytes} bytes."),
            _ => call.CompleteWithLoss(ErrorCode.Unknown, "The result could not be read from the executor's memory."),
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FailAll()
    {
        int published = 0;
        for (int slot = 0; slot < _calls.Length; slot++)
        {
            PendingCall call = _calls[slot];
            if (_session.Loss is { } loss && IsTaken(slot) && call.IsSent && !call.HasReply)
            {
                ErrorCode code = Memory.IsProvablyNotStarted(slot, call.InvocationId) ? ErrorCode.NotExecuted : ErrorCode.Unknown;
                published |= Bit(slot, call.CompleteWithLoss(code, loss.Message));
            }
        }

        return published;
    }

    /// <summary>Tells asynchronous callers. Outside the gate: their continuations are user code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Publish(int slots)
    {
        for (; slots != 0; slots &= slots - 1)
        {
            _waiter.AsynchronousCallEnds();
            _calls[BitOperations.TrailingZeroCount(slots)].Publish();
        }
    }
}
