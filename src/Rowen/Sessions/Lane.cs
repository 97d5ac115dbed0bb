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

/// <summary>The caller's end of one executor thread: slots, and whoever polls for their answers.</summary>
/// <remarks>
/// <para>There is no thread that must run for an answer to be seen: a synchronous caller polls for itself and, once
/// the hot window is over, sleeps for itself. Asynchronous calls share one thread, made at the first of them.</para>
/// <para>Thread safety: any thread. The gate hands the endpoint around; what callers wait for changes under it.</para>
/// </remarks>
internal sealed class Lane : IDisposable
{
    private const int PollsBetweenClocks = 64;
    private static readonly TimeSpan MaxNap = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TurnTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Without calls under way the polling thread spins on for this long at most: the next await is hot then.</summary>
    private static readonly long MaxIdleSpinTicks = Stopwatch.Frequency / 1000;

    private readonly ExecutorSession _session;
    private readonly FabricEndpoint _endpoint;
    private readonly FabricConnection _connection;
    private readonly PendingCall[] _calls;
    private readonly InvocationHeader[] _fetching;
    private readonly Completion[] _completions = new Completion[16];
    private readonly long _hotWindowTicks;
    private readonly int _allSlots;
    private readonly ManualResetEventSlim _pollerTurn = new();
    private LaneGate _gate;
    private Thread? _poller;
    private int _free;
    private int _sleeperCount;
    private int _waitingCount;
    private int _asyncCount;
    private ulong _lastInvocation;
    private bool _isPeerLost;
    private volatile bool _isDisposed;

    public Lane(ExecutorSession session, FabricConnection connection, LaneMemory memory, long hotWindowUs)
    {
        _session = session;
        _connection = connection;
        _endpoint = connection.Endpoint;
        Memory = memory;
        _hotWindowTicks = hotWindowUs < 0 ? long.MaxValue : hotWindowUs * Stopwatch.Frequency / 1_000_000;
        _calls = [.. Enumerable.Range(0, memory.Layout.SlotCount).Select(slot => new PendingCall(this, slot))];
        _fetching = new InvocationHeader[_calls.Length];
        _allSlots = _calls.Length == 32 ? -1 : (1 << _calls.Length) - 1;
        _free = _allSlots;
    }

    public LaneMemory Memory { get; }

    public bool IsIdle => Volatile.Read(ref _free) == _allSlots;

    /// <summary>Takes a free slot, if there is one.</summary>
    public PendingCall? TakeOrNone()
    {
        int free;
        do
        {
            free = Volatile.Read(ref _free);
            if (free == 0)
            {
                return null;
            }
        }
        while (Interlocked.CompareExchange(ref _free, free & (free - 1), free) != free);
        return _calls[BitOperations.TrailingZeroCount(free)];
    }

    /// <summary>Only <see cref="PendingCall"/> calls it, when both its ends are closed.</summary>
    public void Free(int slot)
    {
        if (_calls[slot].ReplyHeader.PayloadBytes > LaneMemory.KeptOverflowBytes && !_isDisposed)
        {
            _gate.Enter(_endpoint);
            Memory.TrimFetched(slot);
            _gate.Exit();
        }

        Interlocked.Or(ref _free, 1 << slot);
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
        // The gate first: its fence would otherwise stand between the stores of payload and header, each of which waits
        // for a cache line that the executor has.
        _gate.Enter(_endpoint);
        input.CopyTo(Memory.OutgoingPayload(call.Slot));
        SendAndExit(call, functionIndex, (ulong)input.Length, overflow: default, deadlineMs);
    }

    /// <summary>Sends a request whose payload lies in <paramref name="overflow"/>.</summary>
    public void Send(PendingCall call, uint functionIndex, ulong payloadBytes, RemoteMemory overflow, uint deadlineMs)
    {
        _gate.Enter(_endpoint);
        SendAndExit(call, functionIndex, payloadBytes, overflow, deadlineMs);
    }

    /// <summary>Polls, then sleeps, until a call is done. The synchronous form of waiting.</summary>
    public void Await(PendingCall call)
    {
        int polls = 0;
        long hotUntil = 0;
        while (!call.IsDone)
        {
            if (Step())
            {
                continue;
            }

            SpinPause.Once();
            if (++polls % PollsBetweenClocks != 0)
            {
                continue;
            }

            long now = Stopwatch.GetTimestamp();
            if (now >= call.DeadlineAt)
            {
                Expire(now);
            }
            else if (_hotWindowTicks != long.MaxValue)
            {
                hotUntil = hotUntil == 0 ? now + _hotWindowTicks : hotUntil;
                if (now >= hotUntil)
                {
                    Sleep(call, call.Signal, now);
                }
            }
        }
    }

    /// <summary>Polls once.</summary>
    public void Look() => Step();

    /// <summary>The caller's token was cancelled: it stops waiting, the function may go on.</summary>
    public void Cancel(PendingCall call, CancellationToken token)
    {
        _gate.Enter(_endpoint);
        bool isPublished = !call.IsDone && call.GiveUp(ErrorCode.Unknown, "The caller cancelled.", token);
        _gate.Exit();
        _endpoint.Wake();
        if (isPublished)
        {
            Publish(call);
        }
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
        _pollerTurn.Set();
        _endpoint.Wake();
        _poller?.Join();
        _gate.Enter(_endpoint);
        Memory.Dispose();
        _connection.Dispose();
        _endpoint.Dispose();
        _pollerTurn.Dispose();
    }

    private void SendAndExit(PendingCall call, uint functionIndex, ulong payloadBytes, RemoteMemory overflow, uint deadlineMs)
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
        FabricStatus status;
        while ((status = Memory.TrySend(call.Slot, header)) == FabricStatus.Again)
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
        Interlocked.Increment(ref _asyncCount);
        bool isPublished = !call.IsSent && call.CompleteWithLoss(ErrorCode.NotExecuted, _session.LossText);
        _gate.Exit();
        if (isPublished)
        {
            Publish(call);
        }
        else
        {
            WakePoller();
        }
    }

    /// <summary>One poll, if no other thread is at it.</summary>
    /// <returns>Whether anything happened.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Step()
    {
        if (!_gate.TryEnter())
        {
            return false;
        }

        int count = _isDisposed ? 0 : _endpoint.Poll(_completions);
        if (count == 0 && !_isPeerLost)
        {
            _gate.Exit();
            return false;
        }

        HandleAndExit(count);
        return count > 0;
    }

    private void HandleAndExit(int count)
    {
        Span<int> done = stackalloc int[SlotLayout.MaxSlotCount * 2];
        int doneCount = 0;
        for (int i = 0; i < count; i++)
        {
            Handle(_completions[i], done, ref doneCount);
        }

        if (_isPeerLost && _session.Loss is { } loss)
        {
            FailAll(loss, done, ref doneCount);
        }

        _gate.Exit();
        for (int i = 0; i < doneCount; i++)
        {
            Publish(_calls[done[i]]);
        }
    }

    private void Handle(in Completion completion, Span<int> done, ref int doneCount)
    {
        switch (completion.Kind)
        {
            case CompletionKind.Notified:
                Accept(completion.Immediate, done, ref doneCount);
                break;
            case CompletionKind.Read or CompletionKind.Refused when Memory.IsFetch(completion):
                FetchState state = Memory.ContinueFetch(completion, out int slot);
                FinishFetch(slot, state, done, ref doneCount);
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

    private void Accept(uint immediate, Span<int> done, ref int doneCount)
    {
        if (!Memory.TryReadIncoming(immediate, out InvocationHeader header)
            || header.Kind != InvocationKind.Reply
            || header.InvocationId != _calls[immediate].InvocationId)
        {
            _session.LoseExecutor(new ErrorAnswer(ErrorCode.MalformedMessage, "The executor answered with bytes that are no answer."));
            return;
        }

        int slot = (int)immediate;
        Memory.TrimOverflow(slot); // the executor has read its input
        Memory.TakeBackHeader(slot);
        if (header.RemoteKey == 0 || _calls[slot].IsDone)
        {
            AddIfPublished(_calls[slot].CompleteWithReply(header), slot, done, ref doneCount);
            return;
        }

        _fetching[slot] = header;
        FinishFetch(slot, Memory.BeginFetch(slot, header), done, ref doneCount);
    }

    private void FinishFetch(int slot, FetchState state, Span<int> done, ref int doneCount)
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
        AddIfPublished(isPublished, slot, done, ref doneCount);
    }

    private void FailAll(ErrorAnswer loss, Span<int> done, ref int doneCount)
    {
        for (int slot = 0; slot < _calls.Length; slot++)
        {
            PendingCall call = _calls[slot];
            if ((Volatile.Read(ref _free) & (1 << slot)) == 0 && call.IsSent && !call.HasReply)
            {
                ErrorCode code = Memory.IsProvablyNotStarted(slot, call.InvocationId) ? ErrorCode.NotExecuted : ErrorCode.Unknown;
                AddIfPublished(call.CompleteWithLoss(code, loss.Message), slot, done, ref doneCount);
            }
        }
    }

    private static void AddIfPublished(bool isPublished, int slot, Span<int> done, ref int doneCount)
    {
        if (isPublished)
        {
            done[doneCount++] = slot;
        }
    }

    private void Publish(PendingCall call)
    {
        Interlocked.Decrement(ref _asyncCount);
        call.Publish();
    }

    /// <summary>Ends the wait for calls whose deadline is over.</summary>
    private void Expire(long now)
    {
        Span<int> done = stackalloc int[SlotLayout.MaxSlotCount];
        int doneCount = 0;
        _gate.Enter(_endpoint);
        foreach (PendingCall call in _calls)
        {
            if ((Volatile.Read(ref _free) & (1 << call.Slot)) == 0 && !call.IsDone && now >= call.DeadlineAt)
            {
                bool isPublished = call.GiveUp(ErrorCode.DeadlineExceeded, "No answer came before the deadline; the function may still be running.");
                AddIfPublished(isPublished, call.Slot, done, ref doneCount);
            }
        }

        _gate.Exit();
        for (int i = 0; i < doneCount; i++)
        {
            Publish(_calls[done[i]]);
        }
    }

    /// <summary>
    /// One thread sleeps at the endpoint, on behalf of all; others sleep until their call is done or it is their turn.
    /// </summary>
    private void Sleep(PendingCall? call, ManualResetEventSlim signal, long now)
    {
        if (Interlocked.CompareExchange(ref _sleeperCount, 1, 0) != 0)
        {
            WaitForTurn(call, signal);
            return;
        }

        _gate.Enter(_endpoint);
        if (call is not { IsDone: true } && !_isDisposed)
        {
            _endpoint.Wait(NapUntilDeadline(now));
        }

        _gate.Exit();
        Volatile.Write(ref _sleeperCount, 0);
        if (Volatile.Read(ref _waitingCount) > 0)
        {
            PassTurn();
        }
    }

    private void WaitForTurn(PendingCall? call, ManualResetEventSlim signal)
    {
        signal.Reset();
        if (call is not null)
        {
            call.WantsSignal = true;
        }

        Interlocked.Increment(ref _waitingCount);
        if (call is not { IsDone: true } && Volatile.Read(ref _sleeperCount) != 0)
        {
            signal.Wait(TurnTimeout);
        }

        Interlocked.Decrement(ref _waitingCount);
    }

    private void PassTurn()
    {
        _pollerTurn.Set();
        foreach (PendingCall call in _calls)
        {
            if (call.WantsSignal)
            {
                call.Signal.Set();
            }
        }
    }

    private TimeSpan NapUntilDeadline(long now)
    {
        long nearest = now + (MaxNap.Ticks * Stopwatch.Frequency / TimeSpan.TicksPerSecond);
        foreach (PendingCall call in _calls)
        {
            if (!call.IsDone && call.DeadlineAt < nearest)
            {
                nearest = call.DeadlineAt;
            }
        }

        return Stopwatch.GetElapsedTime(now, Math.Max(nearest, now));
    }

    private void WakePoller()
    {
        if (_poller is null)
        {
            StartPoller();
        }

        if (!_pollerTurn.IsSet)
        {
            _pollerTurn.Set();
        }
    }

    private void StartPoller()
    {
        var thread = new Thread(PollForAsynchronousCalls) { Name = "rowen-lane", IsBackground = true };
        if (Interlocked.CompareExchange(ref _poller, thread, null) is null)
        {
            thread.Start();
        }
    }

    private void PollForAsynchronousCalls()
    {
        int polls = 0;
        long idleSince = Stopwatch.GetTimestamp();
        long idleSpin = Math.Min(_hotWindowTicks, MaxIdleSpinTicks);
        while (!_isDisposed)
        {
            if (Step())
            {
                idleSince = 0;
                continue;
            }

            SpinPause.Once();
            if (++polls % PollsBetweenClocks != 0)
            {
                continue;
            }

            Thread.Yield(); // continuations of earlier answers may need this very core
            long now = Stopwatch.GetTimestamp();
            idleSince = idleSince == 0 ? now : idleSince;
            if (Volatile.Read(ref _asyncCount) == 0)
            {
                ParkAfter(idleSince + idleSpin, now);
                idleSince = 0;
                continue;
            }

            Expire(now);
            if (_hotWindowTicks != long.MaxValue && now - idleSince >= _hotWindowTicks)
            {
                Sleep(call: null, _pollerTurn, now);
            }
        }
    }

    /// <summary>Nothing is under way: spin a little for the next call, then wait for it without using the processor.</summary>
    private void ParkAfter(long until, long now)
    {
        while (now < until && Volatile.Read(ref _asyncCount) == 0)
        {
            Thread.Yield(); // whoever shall make the next call may need this very core
            now = Stopwatch.GetTimestamp();
        }

        _pollerTurn.Reset();
        if (Volatile.Read(ref _asyncCount) == 0 && !_isDisposed)
        {
            _pollerTurn.Wait(MaxNap);
        }
    }
}
