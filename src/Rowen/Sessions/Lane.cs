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
    private readonly InvocationHeader[] _fetching;
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
        _fetching = new InvocationHeader[_calls.Length];
        _allSlots = _calls.Length == 32 ? -1 : (1 << _calls.Length) - 1;
        _free = _allSlots;
        _waiter = new LaneWaiter(this, _endpoint, hotWindowUs < 0 ? long.MaxValue : hotWindowUs * Stopwatch.Frequency / 1_000_000);
    }

    public LaneMemory Memory { get; }

    public bool IsIdle => (Volatile.Read(ref _free) | Volatile.Read(ref _freedAside)) == _allSlots;

    public bool HasFreeSlot => (Volatile.Read(ref _free) | Volatile.Read(ref _freedAside)) != 0;

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

    /// <summary>Takes a free slot, if there is one, and sends a request whose payload fits into it. For synchronous callers.</summary>
    public PendingCall? StartOrNone(uint functionIndex, ReadOnlySpan<byte> input, ulong resultCapacity, long deadlineAt, uint deadlineMs)
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

        call.Begin(resultCapacity, deadlineAt, isAsync: false, continuesInline: false);
        SendAndExit(call, functionIndex, input, deadlineMs);
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
        _free |= length >= 0 ? 1 << call.Slot : 0;
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
                published |= isPublished ? 1 << call.Slot : 0;
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
        Publish(isPublished ? 1 << call.Slot : 0);
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
        var header = new InvocationHeader(
            InvocationKind.Request,
            ErrorCode.None,
            functionIndex,
            call.InvocationId,
            payloadBytes,
            overflow.Key,
            call.ResultCapacity,
            deadlineMs);
        call.IsSent = !_isDisposed && Memory.TrySend(call.Slot, header) == FabricStatus.Ok;
        if (call.IsSent && !call.IsAsync)
        {
            _gate.Exit();
        }
        else
        {
            FinishSend(call, header);
        }
    }

    /// <summary>Whatever takes longer: an asynchronous caller, a queue that is full, a peer that is lost.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FinishSend(PendingCall call, in InvocationHeader header)
    {
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

    /// <summary>Until a call is done, or somebody else must be told or let in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PollInside(PendingCall call, int maxPolls, bool hasPauses)
    {
        int published = 0;
        while (maxPolls > 0 && published == 0 && !call.IsDone && !_gate.IsWanted)
        {
            published = Handle(PollUntilAnything(ref maxPolls, hasPauses));
        }

        return published;
    }

    /// <summary>Until a poll brings something, or the caller must look around. By itself, so that what it needs stays in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int PollUntilAnything(ref int maxPolls, bool hasPauses)
    {
        FabricEndpoint endpoint = _endpoint;
        Completion[] completions = _completions;
        int left = maxPolls;
        int count = 0;
        while (left > 0 && !_isDisposed)
        {
            left--;
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

        maxPolls = _isDisposed ? 0 : left;
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
            if (_completions[i].Kind == CompletionKind.Notified)
            {
                Accept(_completions[i].Immediate, ref published);
            }
            else
            {
                Handle(_completions[i], ref published);
            }
        }

        if (_isPeerLost && _session.Loss is { } loss)
        {
            FailAll(loss, ref published);
        }

        return published;
    }

    private void Handle(in Completion completion, ref int published)
    {
        switch (completion.Kind)
        {
            case CompletionKind.Read or CompletionKind.Refused when Memory.IsFetch(completion):
                FetchState state = Memory.ContinueFetch(completion, out int slot);
                FinishFetch(slot, state, ref published);
                break;
            case CompletionKind.Refused:
                _session.LoseExecutor(new ErrorAnswer(ErrorCode.MalformedMessage, "The executor refused a request's memory."));
                break;
            case CompletionKind.PeerLost:
                _isPeerLost = true;
                _session.LoseExecutor(why: null);
                break;
            default:
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Accept(uint immediate, ref int published)
    {
        if (immediate < (uint)_calls.Length)
        {
            Memory.Prefetch((int)immediate);
        }

        if (!Memory.TryReadIncoming(immediate, out InvocationHeader header)
            || header.Kind != InvocationKind.Reply
            || header.InvocationId != _calls[immediate].InvocationId)
        {
            LoseToNonsense();
            return;
        }

        int slot = (int)immediate;
        Memory.TrimOverflow(slot); // the executor has read its input
        if (header.RemoteKey == 0 || _calls[slot].IsDone)
        {
            published |= _calls[slot].CompleteWithReply(header) ? 1 << slot : 0;
        }
        else
        {
            Fetch(slot, header, ref published);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LoseToNonsense() =>
        _session.LoseExecutor(new ErrorAnswer(ErrorCode.MalformedMessage, "The executor answered with bytes that are no answer."));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fetch(int slot, in InvocationHeader header, ref int published)
    {
        _fetching[slot] = header;
        FinishFetch(slot, Memory.BeginFetch(slot, header), ref published);
    }

    private void FinishFetch(int slot, FetchState state, ref int published)
    {
        PendingCall call = _calls[slot];
        bool isPublished = state switch
        {
            FetchState.UnderWay => false,
            FetchState.Done => call.CompleteWithReply(_fetching[slot]),
            FetchState.NoMemory => call.CompleteWithLoss(
                ErrorCode.ResultTooLarge, $"This machine has no memory for a result of {_fetching[slot].PayloadBytes} bytes."),
            _ => call.CompleteWithLoss(ErrorCode.Unknown, "The result could not be read from the executor's memory."),
        };
        published |= isPublished ? 1 << slot : 0;
    }

    private void FailAll(ErrorAnswer loss, ref int published)
    {
        for (int slot = 0; slot < _calls.Length; slot++)
        {
            PendingCall call = _calls[slot];
            if (IsTaken(slot) && call.IsSent && !call.HasReply)
            {
                ErrorCode code = Memory.IsProvablyNotStarted(slot, call.InvocationId) ? ErrorCode.NotExecuted : ErrorCode.Unknown;
                published |= call.CompleteWithLoss(code, loss.Message) ? 1 << slot : 0;
            }
        }
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
