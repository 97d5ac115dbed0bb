using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rowen.Executor.Functions;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.Executor.Invocations;

/// <summary>Runs functions of one lane on one core: polls while hot, sleeps when warm.</summary>
/// <remarks>One thread calls <see cref="Run()"/> and owns endpoint and lane; <see cref="Stop"/> comes from any.</remarks>
internal sealed class FunctionLoop
{
    /// <summary>Reading the clock costs as much as a short call: it is done now and then, and never before a reply.</summary>
    private const int StepsBetweenClocks = 64;

    /// <summary>A pause costs a hot call a tenth of its time: the first polls of a wait go without, for a microsecond.</summary>
    private const int TightPolls = 2 * StepsBetweenClocks;

    /// <summary>A poll that took longer was interrupted; it says nothing about the next.</summary>
    private const long MaxPollNs = 1_000;

    private static readonly TimeSpan Nap = TimeSpan.FromSeconds(1);

    private readonly FabricEndpoint _endpoint;
    private readonly FabricConnection _connection;
    private readonly LaneMemory _lane;
    private readonly LaneCall _call;
    private readonly BatchRun _batch;
    private readonly FunctionTable _functions;
    private readonly LeaseTerm _term;
    private readonly FunctionMeter _meter;
    private readonly Action<ErrorCode, string> _fail;
    private readonly long _hotWindowNs;
    private readonly ulong _memoryBytes;
    private readonly InvocationHeader[] _fetching;
    private readonly Completion[] _completions = new Completion[16];
    private long _clockNs;
    private long _tightPollNs;
    private long _pausedPollNs;
    private long _lastWorkNs;
    private int _steps;
    private int _emptyInARow;
    private int _tightPolls;
    private int _pausedPolls;
    private bool _hasWorked;
    private volatile bool _isStopping;

    public FunctionLoop(
        FabricConnection connection,
        LaneMemory lane,
        FunctionTable functions,
        LeaseTerm term,
        FunctionMeter meter,
        Action<ErrorCode, string> fail,
        long hotWindowUs,
        ulong memoryBytes)
    {
        _connection = connection;
        _endpoint = connection.Endpoint;
        _lane = lane;
        _call = new LaneCall(lane, memoryBytes);
        _batch = new BatchRun(meter, term, memoryBytes, lane.Layout.SlotBytes);
        _functions = functions;
        _term = term;
        _meter = meter;
        _fail = fail;
        _hotWindowNs = hotWindowUs < 0 ? long.MaxValue : hotWindowUs * 1000;
        _memoryBytes = memoryBytes;
        _fetching = new InvocationHeader[lane.Layout.SlotCount];
    }

    /// <summary>Whether a reply waits for room in the network's buffers. Any thread: it may be over by the time that it is told.</summary>
    public bool HasUnsent => _connection.HasUnsent;

    /// <summary>Ends <see cref="Run()"/> once the running function has returned.</summary>
    public void Stop()
    {
        _isStopping = true;
        _endpoint.Wake();
    }

    /// <summary>Serves the lane until the caller is gone or <see cref="Stop"/>.</summary>
    public void Run()
    {
        _lastWorkNs = _clockNs = LeaseTerm.NowNs;
        while (!_isStopping && Step())
        {
            // Step, and not this loop, is what the compiler sees often, and makes fast: code that runs is not replaced.
        }

        Meter();
    }

    /// <summary>Polls once, and runs what has come.</summary>
    /// <returns>False if the caller is gone.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Step()
    {
        int count = _endpoint.Poll(_completions);
        if (count == 0)
        {
            Idle();
            return true;
        }

        if (++_steps >= StepsBetweenClocks)
        {
            Meter();
        }

        _hasWorked = true;
        _emptyInARow = 0;
        for (int i = 0; i < count; i++)
        {
            bool goesOn = _completions[i].Kind == CompletionKind.Notified
                ? Accept(_completions[i].Immediate)
                : Handle(_completions[i]);
            if (!goesOn)
            {
                return false;
            }
        }

        return true;
    }

    private bool Handle(in Completion completion)
    {
        switch (completion.Kind)
        {
            case CompletionKind.Read or CompletionKind.Refused:
                return ContinueFetch(completion);
            case CompletionKind.PeerLost:
                return false;
            default:
                return true;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Accept(uint immediate)
    {
        if (immediate < (uint)_fetching.Length)
        {
            _lane.Prefetch((int)immediate);
        }

        if (!_lane.TryReadIncoming(immediate, out InvocationHeader header) || header.Kind != InvocationKind.Request)
        {
            _connection.Break(); // not our caller's code: nothing it says can be trusted
            return true;
        }

        int slot = (int)immediate;
        return header.RemoteKey == 0 ? Run(slot, header) : Fetch(slot, header);
    }

    private bool Fetch(int slot, in InvocationHeader header)
    {
        if (header.PayloadBytes >= _memoryBytes)
        {
            return Refuse(slot, header, new ErrorAnswer(
                ErrorCode.InputTooLarge,
                $"An input of {header.PayloadBytes} bytes does not fit into the lease's memory of {_memoryBytes} bytes."));
        }

        _fetching[slot] = header;
        FetchState state = _lane.BeginFetch(slot, new RemoteBlock(header.RemoteKey, header.PayloadBytes));
        return state == FetchState.UnderWay || RunFetched(slot, state);
    }

    private bool ContinueFetch(in Completion completion)
    {
        if (!_lane.IsFetch(completion))
        {
            _connection.Break(); // the caller refuses our replies
            return true;
        }

        FetchState state = _lane.ContinueFetch(completion, out int slot);
        return state == FetchState.UnderWay || RunFetched(slot, state);
    }

    private bool RunFetched(int slot, FetchState state)
    {
        InvocationHeader header = _fetching[slot];
        return state switch
        {
            FetchState.Done => RunAndTrim(slot, header),
            FetchState.NoMemory => Refuse(slot, header, new ErrorAnswer(
                ErrorCode.InputTooLarge, $"The node has no memory for an input of {header.PayloadBytes} bytes.")),
            _ => Refuse(slot, header, new ErrorAnswer(ErrorCode.MalformedMessage, "The input could not be read from the caller's memory.")),
        };
    }

    private bool RunAndTrim(int slot, in InvocationHeader header)
    {
        bool isSent = Run(slot, header);
        _lane.TrimFetched(slot);
        return isSent;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Run(int slot, in InvocationHeader header)
    {
        if (_term.RefusalOrNone(LeaseTerm.CoarseNowNs) is { } refusal)
        {
            return Refuse(slot, header, refusal);
        }

        if (_functions.OrNone(header.FunctionIndex) is not { } function)
        {
            return RunBatchOrRefuse(slot, header);
        }

        _lane.MarkStarted(slot, header.InvocationId);
        _call.Begin(slot, header);
        _meter.Begin(header.FunctionIndex, header.DeadlineMs == 0 ? 0 : LeaseTerm.NowNs + (header.DeadlineMs * 1_000_000L));
        ErrorCode error = RunGuarded(function);
        bool isSent = Reply(slot, header, error);
        _meter.End();
        if (error == ErrorCode.OutputOverrun)
        {
            FailOverrun(function);
        }

        return isSent;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FailOverrun(LoadedFunction function) => _fail(
        ErrorCode.OutputOverrun,
        $"'{function.Name}' wrote past the end of its output; the process's memory cannot be trusted any more.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RefuseUnknown(int slot, in InvocationHeader header) => Refuse(slot, header, new ErrorAnswer(
        ErrorCode.UnknownFunction, $"This executor has no function number {header.FunctionIndex}: load its code package first."));

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "User code throws anything; the caller is told.")]
    private ErrorCode RunGuarded(LoadedFunction function)
    {
        try
        {
            function.Run(_call);
            return ErrorCode.None;
        }
        catch (Exception exception)
        {
            WriteFault(exception);
            return RemoteFaults.CodeOf(exception, function);
        }
    }

    /// <summary>Native functions run one by one, each with a guard page behind its output.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RunBatchOrRefuse(int slot, in InvocationHeader header)
    {
        uint index = header.FunctionIndex & ~ItemBatch.Flag;
        if (index == header.FunctionIndex || _functions.OrNone(index) is not { Kind: not "native" } function)
        {
            return RefuseUnknown(slot, header);
        }

        _lane.MarkStarted(slot, header.InvocationId);
        _call.Begin(slot, header);
        bool isSent = Reply(slot, header, RunBatchGuarded(function, index, header.DeadlineMs));
        _meter.End();
        return isSent;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "As above: results may exceed all memory.")]
    private ErrorCode RunBatchGuarded(LoadedFunction function, uint index, uint deadlineMs)
    {
        try
        {
            return _batch.Run(function, _call, index, deadlineMs, () => _isStopping);
        }
        catch (Exception exception)
        {
            WriteFault(exception);
            return RemoteFaults.CodeOf(exception, function);
        }
    }

    private bool Refuse(int slot, in InvocationHeader header, ErrorAnswer why)
    {
        _call.Begin(slot, header with { RemoteKey = 0, PayloadBytes = 0 });
        WriteFault(why.ToException());
        return Reply(slot, header, why.Code);
    }

    private unsafe void WriteFault(Exception exception)
    {
        byte[] fault = RemoteFaults.Describe(exception);
        fault.CopyTo(new Span<byte>((void*)_call.ReserveForFault(fault.Length), fault.Length));
        _call.ResultBytes = (ulong)fault.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Reply(int slot, in InvocationHeader request, ErrorCode error)
    {
        var reply = new InvocationHeader(
            InvocationKind.Reply,
            error,
            request.FunctionIndex,
            request.InvocationId,
            _call.ResultBytes,
            _call.Overflow.Key,
            ResultCapacity: 0,
            DeadlineMs: 0);
        return _lane.TrySend(slot, reply) == FabricStatus.Ok || ReplyLater(slot, reply);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ReplyLater(int slot, in InvocationHeader reply)
    {
        FabricStatus status;
        while ((status = _lane.TrySend(slot, reply)) == FabricStatus.Again)
        {
            if (!DrainWhileSending())
            {
                return false;
            }
        }

        return status == FabricStatus.Ok;
    }

    /// <summary>
    /// Makes progress without taking new requests. The caller's credits bound what is under way to the lane's slots, so
    /// that there is always room but while the provider's own queues are full.
    /// </summary>
    private bool DrainWhileSending()
    {
        _ = _endpoint.Poll(default);
        if (_connection.IsLost || _isStopping)
        {
            return false;
        }

        _endpoint.Wait(TimeSpan.FromMilliseconds(1));
        return true;
    }

    private void Idle()
    {
        if (_hotWindowNs == 0)
        {
            Sleep();
            return;
        }

        if (_emptyInARow < TightPolls)
        {
            _emptyInARow++;
            _tightPolls++;
        }
        else
        {
            SpinPause.Once();
            _pausedPolls++;
        }

        if (++_steps >= StepsBetweenClocks)
        {
            Meter();
            if (_hotWindowNs != long.MaxValue && _clockNs - _lastWorkNs >= _hotWindowNs)
            {
                Sleep();
            }
        }
    }

    private void Sleep()
    {
        Meter();
        _endpoint.Wait(Nap);
        _clockNs = LeaseTerm.NowNs;
    }

    /// <summary>
    /// Reads the clock, and says how much of the time since the last reading was work: what empty polls have not taken.
    /// No caller waits for that: it comes once in many steps, and before a sleep.
    /// </summary>
    private void Meter()
    {
        long nowNs = LeaseTerm.NowNs;
        long passedNs = nowNs - _clockNs;
        if (_hasWorked)
        {
            _meter.AddComputing(Math.Max(0, passedNs - (_tightPolls * _tightPollNs) - (_pausedPolls * _pausedPollNs)));
            _lastWorkNs = nowNs;
        }
        else if (_tightPolls == StepsBetweenClocks)
        {
            _tightPollNs = Math.Min(passedNs / StepsBetweenClocks, MaxPollNs);
        }
        else if (_pausedPolls == StepsBetweenClocks)
        {
            _pausedPollNs = Math.Min(passedNs / StepsBetweenClocks, MaxPollNs);
        }

        _clockNs = nowNs;
        _steps = _tightPolls = _pausedPolls = 0;
        _hasWorked = false;
    }
}
