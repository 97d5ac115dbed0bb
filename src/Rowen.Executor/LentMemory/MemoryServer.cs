using System.Collections.Concurrent;
using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.LentMemory;

/// <summary>Lends the memory of one lease to the lease's owner, block by block, until owner or lease is gone.</summary>
/// <remarks>
/// One thread owns the endpoint. It sleeps while nothing comes; over shared memory nothing ever comes but questions. Bytes
/// are read and written without it, or by it alone where the fabric needs a processor to move them (<c>tcp</c>).
/// Thread safety: any thread may ask, free and stop.
/// </remarks>
internal sealed class MemoryServer
{
    /// <summary>How much is brought in between two looks at the fabric: some ten milliseconds of work.</summary>
    private const ulong CommitStepBytes = 16 << 20;

    /// <summary>
    /// Accesses that come so soon after each other that sleeping in between would cost more than it saves: about two wake-ups.
    /// Whoever comes less often wakes us each time, and a batch job on this core keeps what polling would take.
    /// </summary>
    private const long DenseNs = 100_000;

    /// <summary>How long it looks for more then: so long that the wake-up at its end is one for many accesses.</summary>
    private const long LookingNs = 400_000;

    private static readonly TimeSpan MaxSleep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(5);

    private readonly FabricEndpoint _endpoint;
    private readonly MemoryLedger _ledger;
    private readonly Action<MemoryBlock> _answer;
    private readonly ConcurrentQueue<Action<FabricConnection>> _questions = new();
    private readonly Queue<BlockInMaking> _making = [];
    private readonly ManualResetEventSlim _isReady = new();
    private readonly Thread _thread;
    private int _questionCount;
    private volatile bool _isStopped;

    /// <summary>Opens the end of the lane; nobody can come before <see cref="Start"/>.</summary>
    /// <exception cref="IOException">The provider cannot be used on this machine.</exception>
    public MemoryServer(FabricProvider provider, EndpointOptions options, long memoryBytes, Action<MemoryBlock> answer)
    {
        _endpoint = provider.OpenEndpoint(options);
        _ledger = new MemoryLedger(memoryBytes - MemoryLending.OverheadBytes);
        _answer = answer;
        _thread = new Thread(Serve) { Name = "rowen-memory", IsBackground = true };
    }

    /// <summary>What the owner needs to connect its end; there are no slots.</summary>
    public LaneEnd End => new(_endpoint.Address.ToArray(), Key: 0, LengthBytes: 0);

    /// <summary>Why the thread ended before it was ready.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts the thread, which connects and then serves.</summary>
    public void Start(ConnectRequest request) => _thread.Start(request);

    /// <summary>Waits until blocks can be asked for.</summary>
    public bool WaitUntilReady(TimeSpan timeout) => _isReady.Wait(timeout) && Failure is null;

    /// <summary>Asks for a block; the answer comes when its memory is there.</summary>
    public void Ask(MemoryAsk ask) => Enqueue(ask.Ask, connection => Begin(ask));

    /// <summary>Takes a block back; the answer comes when its memory is the node's again.</summary>
    public void Free(MemoryRelease release) => Enqueue(release.Ask, connection => TakeBack(release, connection));

    /// <summary>Takes every block back and ends the thread. Returns when the memory is the node's again.</summary>
    public void Stop()
    {
        _isStopped = true;
        _endpoint.Wake();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            _endpoint.Dispose(); // otherwise the thread does, when it ends
        }
        else
        {
            _thread.Join(EndTimeout);
        }
    }

    private void Enqueue(int ask, Action<FabricConnection> question)
    {
        if (Interlocked.Increment(ref _questionCount) > MemoryLending.MaxQuestionCount)
        {
            Interlocked.Decrement(ref _questionCount);
            Refuse(ask, ErrorCode.QueueFull, $"{MemoryLending.MaxQuestionCount} questions for memory of this lease wait already.");
            return;
        }

        _questions.Enqueue(question);
        _endpoint.Wake();
    }

    private void Serve(object? request)
    {
        try
        {
            using FabricConnection connection = _endpoint.Connect((ConnectRequest)request!);
            _isReady.Set();
            Serve(connection);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or ArgumentException)
        {
            Failure = exception;
            _isReady.Set();
        }
        finally
        {
            _ledger.MarkAllTakenBack(); // first: whoever still maps a block must not take its zeros for data
            _endpoint.Dispose();
        }
    }

    private void Serve(FabricConnection connection)
    {
        var completions = new Completion[16];
        long lookUntilNs = 0;
        while (!_isStopped && !connection.IsLost)
        {
            _endpoint.Poll(completions);
            if (TryAnswerOne(connection) || TryMakeOne(connection))
            {
                continue;
            }

            long nowNs = MonotonicClock.NowNs;
            if (nowNs < lookUntilNs)
            {
                SpinPause.Once();
            }
            else if (_endpoint.Wait(MaxSleep) && MonotonicClock.NowNs is var wokenNs && wokenNs - nowNs < DenseNs)
            {
                lookUntilNs = wokenNs + LookingNs;
            }
        }
    }

    private bool TryAnswerOne(FabricConnection connection)
    {
        if (!_questions.TryDequeue(out Action<FabricConnection>? question))
        {
            return false;
        }

        Interlocked.Decrement(ref _questionCount);
        question(connection);
        return true;
    }

    private void Begin(MemoryAsk ask)
    {
        if (_ledger.FindRefusal(ask.LengthBytes) is { } refusal)
        {
            Refuse(ask.Ask, refusal.Code, refusal.Message);
            return;
        }

        try
        {
            RegisteredMemory memory = _endpoint.Register(
                (ulong)MemoryLending.CostOf(ask.LengthBytes), MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
            _ledger.Add(memory);
            _making.Enqueue(new BlockInMaking(ask.Ask, memory));
        }
        catch (Exception exception) when (exception is OutOfMemoryException or IOException)
        {
            Refuse(ask.Ask, ErrorCode.OutOfMemory, exception.Message);
        }
    }

    /// <summary>Brings the memory of the next block in, step by step: other blocks are served meanwhile.</summary>
    private bool TryMakeOne(FabricConnection connection)
    {
        if (!_making.TryPeek(out BlockInMaking? block))
        {
            return false;
        }

        try
        {
            ulong step = Math.Min(CommitStepBytes, block.Memory.LengthBytes - block.CommittedBytes);
            block.Memory.Commit(block.CommittedBytes, step);
            block.CommittedBytes += step;
            if (block.CommittedBytes == block.Memory.LengthBytes)
            {
                _making.Dequeue();
                Lend(block, connection);
            }
        }
        catch (OutOfMemoryException exception)
        {
            _making.Dequeue();
            GiveUp(block, exception.Message);
        }

        return true;
    }

    private void Lend(BlockInMaking block, FabricConnection connection)
    {
        MemoryLedger.MarkLent(block.Memory);
        try
        {
            RemoteBlock remote = connection.Share(block.Memory);
            _ledger.Lend(remote.Key, block.Memory);
            _answer(new MemoryBlock(block.Ask, remote.Key, remote.LengthBytes, Error: null));
        }
        catch (IOException exception)
        {
            // A network may take no more memory (InfiniBand: `ulimit -l`); what it has taken it keeps.
            GiveUp(block, exception.Message);
        }
    }

    private void GiveUp(BlockInMaking block, string why)
    {
        _ledger.Remove(block.Memory);
        block.Memory.Return();
        Refuse(block.Ask, ErrorCode.OutOfMemory, why);
    }

    private void TakeBack(MemoryRelease release, FabricConnection connection)
    {
        if (!_ledger.TryTakeBack(release.Key, out RegisteredMemory? memory))
        {
            Refuse(release.Ask, ErrorCode.StaleMemory, "The block is not lent: it was freed before.");
            return;
        }

        connection.Revoke(memory);
        memory.Return();
        _answer(new MemoryBlock(release.Ask, release.Key, LengthBytes: 0, Error: null));
    }

    private void Refuse(int ask, ErrorCode code, string why) => _answer(new MemoryBlock(ask, Key: 0, LengthBytes: 0, new ErrorAnswer(code, why)));

    /// <summary>A block whose memory is being brought in.</summary>
    private sealed class BlockInMaking(int ask, RegisteredMemory memory)
    {
        public int Ask { get; } = ask;

        public RegisteredMemory Memory { get; } = memory;

        public ulong CommittedBytes { get; set; }
    }
}
