using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Rowen.Protocol.Errors;

namespace Rowen.Sessions;

/// <summary>One slot of a lane and the invocation in it. Lives as long as the lane: invoking allocates nothing.</summary>
/// <remarks>
/// A slot is free again when two things have happened: its caller has taken the outcome, and the executor has answered
/// or is lost. An answer that comes after its caller gave up (deadline, cancellation) only frees the slot.
/// </remarks>
internal sealed class PendingCall(Lane lane, int slot) : IValueTaskSource<Reply>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<Reply> _source;
    private ManualResetEventSlim? _signal;
    private CancellationTokenRegistration _cancellation;
    private int _openEnds;
    private bool _hasGivenUp;
    private volatile int _isDone;
    private bool _isAsync;
    private bool _continuesInline;
    private bool _isCancellable;

    public Lane Lane => lane;

    public int Slot => slot;

    public short Token => _source.Version;

    public ulong InvocationId { get; set; }

    /// <summary>When the caller gives up, in ticks of the lane's clock; <see cref="long.MaxValue"/> if never.</summary>
    public long DeadlineAt { get; private set; } = long.MaxValue; // a slot that was never used keeps nobody from sleeping

    public ulong ResultCapacity { get; private set; }

    public bool IsDone => _isDone != 0;

    public bool IsAsync => _isAsync;

    /// <summary>Whether the request went out: only then can the peer's loss be this call's.</summary>
    public bool IsSent { get; set; }

    public bool HasReply { get; private set; }

    public ErrorCode Error { get; private set; }

    /// <summary>What the platform says of an error that came without an answer.</summary>
    public string? Why { get; private set; }

    public CancellationToken CancelledBy { get; private set; }

    /// <summary>Length of the result.</summary>
    public ulong ReplyBytes { get; private set; }

    /// <summary>Whether the result did not fit into its slot.</summary>
    public bool IsReplyFetched { get; private set; }

    public bool WantsSignal { get; set; }

    public ManualResetEventSlim Signal => _signal ??= new ManualResetEventSlim();

    /// <summary>The result's bytes, until <see cref="Release"/>.</summary>
    public ReadOnlySpan<byte> Payload => IsReplyFetched
        ? lane.Memory.Fetched(slot).Slice(0, checked((int)ReplyBytes))
        : lane.Memory.IncomingPayload(slot, (int)ReplyBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(ulong resultCapacity, long deadlineAt, bool isAsync, bool continuesInline)
    {
        ResultCapacity = resultCapacity;
        DeadlineAt = deadlineAt;
        Error = ErrorCode.None;
        Why = null;
        HasReply = false;
        IsSent = false;
        CancelledBy = default;
        WantsSignal = false;
        _isAsync = isAsync;
        _continuesInline = continuesInline;
        _hasGivenUp = false;
        _isDone = 0;
        if (isAsync)
        {
            _source.Reset();
        }
    }

    /// <summary>Takes a result that is there and fits; nobody else can end this call any more.</summary>
    /// <returns>Its length; -1 if it is not so simple.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long TryTake(Span<byte> output)
    {
        if (!IsDone || _hasGivenUp || _isCancellable || Error != ErrorCode.None || IsReplyFetched || ReplyBytes > (ulong)output.Length)
        {
            return -1;
        }

        lane.Memory.IncomingPayload(slot, (int)ReplyBytes).CopyTo(output);
        return (long)ReplyBytes;
    }

    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _isCancellable = true;
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((PendingCall)state!).Cancel(token), this);
        }
    }

    /// <summary>The executor has answered, and the answer's bytes are here.</summary>
    /// <returns>True if somebody waits asynchronously and must be told outside the gate.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool CompleteWithReply(ErrorCode error, ulong lengthBytes, bool isFetched)
    {
        HasReply = true;
        if (IsDone)
        {
            CloseEnd(); // the caller gave up before
            return false;
        }

        ReplyBytes = lengthBytes;
        IsReplyFetched = isFetched;
        Error = error;
        return Complete();
    }

    /// <summary>No answer will come: the peer is lost, or the request was never sent.</summary>
    /// <returns>As <see cref="CompleteWithReply"/>.</returns>
    public bool CompleteWithLoss(ErrorCode error, string why)
    {
        HasReply = true; // as far as the slot is concerned
        if (IsDone)
        {
            CloseEnd();
            return false;
        }

        ReplyBytes = 0;
        IsReplyFetched = false;
        Error = error;
        Why = why;
        return Complete();
    }

    /// <summary>The caller gives up; the slot stays taken until the executor answers.</summary>
    /// <returns>As <see cref="CompleteWithReply"/>.</returns>
    public bool GiveUp(ErrorCode error, string why, CancellationToken cancelledBy = default)
    {
        ReplyBytes = 0;
        IsReplyFetched = false;
        Error = error;
        Why = why;
        CancelledBy = cancelledBy;
        _openEnds = 2;
        _hasGivenUp = true;
        _isDone = 1;
        WakeSynchronousCaller();
        return _isAsync;
    }

    /// <summary>Tells the asynchronous caller. Never under the gate: its continuation is user code.</summary>
    public void Publish()
    {
        if (_continuesInline)
        {
            _source.SetResult(new Reply(this));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false); // this object is the work item: no allocation
        }
    }

    /// <summary>The request could not even be made: nobody waits, nothing was sent.</summary>
    public void Abandon()
    {
        _isDone = 1;
        Release();
    }

    /// <summary>The caller has taken the outcome.</summary>
    public void Release()
    {
        if (_isCancellable)
        {
            _isCancellable = false;
            _cancellation.Dispose();
            _cancellation = default;
        }

        if (_hasGivenUp)
        {
            CloseEnd();
        }
        else
        {
            lane.Free(slot);
        }
    }

    void IThreadPoolWorkItem.Execute() => _source.SetResult(new Reply(this));

    Reply IValueTaskSource<Reply>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Reply>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<Reply>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private bool Complete()
    {
        _isDone = 1;
        WakeSynchronousCaller();
        return _isAsync;
    }

    private void WakeSynchronousCaller()
    {
        if (WantsSignal)
        {
            Signal.Set();
        }
    }

    private void Cancel(CancellationToken token) => lane.Cancel(this, token);

    /// <summary>After a caller gave up, both its taking note and the executor's late answer must come, in any order.</summary>
    private void CloseEnd()
    {
        if (Interlocked.Decrement(ref _openEnds) == 0)
        {
            lane.Free(slot);
        }
    }
}
