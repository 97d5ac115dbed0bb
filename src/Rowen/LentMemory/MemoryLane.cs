using System.Collections.Concurrent;
using Rowen.Fabric;
using Rowen.Fabric.Memory;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen.LentMemory;

/// <summary>The way to the memory of one lease: asks for blocks, and gives them back.</summary>
/// <remarks>Thread safety: any thread. Whoever touches the endpoint takes the turn.</remarks>
internal sealed class MemoryLane : IDisposable
{
    /// <summary>How long a block that is gone may wait for the reason: the session hears it from executor or manager.</summary>
    private static readonly TimeSpan ReasonTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TrafficPeriod = TimeSpan.FromSeconds(1);

    private readonly ExecutorSession _session;
    private readonly FabricConnection _connection;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<MemoryBlock>> _questions = new();
    private readonly ConcurrentDictionary<LentBlock, bool> _blocks = new();
    private readonly ManualResetEventSlim _isLost = new();
    private readonly SemaphoreSlim _questionRoom = new(MemoryLending.MaxQuestionCount, MemoryLending.MaxQuestionCount);
    private readonly UseGate _endpointGate;
    private readonly ITimer _traffic;
    private int _lastAsk;
    private long _readBytes;
    private long _writtenBytes;

    public MemoryLane(ExecutorSession session, FabricConnection connection, TimeProvider time)
    {
        _session = session;
        _connection = connection;
        _endpointGate = new UseGate(EndEndpoint);
        Transfer = new DistantTransfer(this, connection);
        _traffic = time.CreateTimer(static lane => ((MemoryLane)lane!).TellTraffic(), this, TrafficPeriod, TrafficPeriod);
    }

    /// <summary>Whether the executor is gone.</summary>
    public bool IsLost => _isLost.IsSet;

    /// <summary>Whether the lease is over, or is being taken back.</summary>
    public bool IsLeaving => IsLost || _session.Ended.IsCompleted;

    /// <summary>Moves bytes where they must travel.</summary>
    public DistantTransfer Transfer { get; }

    /// <summary>One thread at a time uses the endpoint.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Asks for a block of zeroed memory.</summary>
    /// <exception cref="RowenException">The lease has not that much left, or is lost.</exception>
    public async Task<LentBlock> AllocateAsync(long lengthBytes, CancellationToken cancellationToken)
    {
        Task<LentBlock> allocating = AllocateAsync(lengthBytes);
        try
        {
            return await allocating.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = DropAsync(allocating); // ends by itself: with the answer, or with the lane
            throw;
        }
    }

    /// <summary>Gives a block back; whoever uses it now is waited for by its own gate.</summary>
    public async Task FreeAsync(LentBlock block)
    {
        _blocks.TryRemove(block, out _);
        block.Close();
        await block.HasClosed.ConfigureAwait(false);
        await FreeAsync(block.Key).ConfigureAwait(false);
    }

    /// <summary>Bytes were read.</summary>
    public void CountRead(int bytes) => Interlocked.Add(ref _readBytes, bytes);

    /// <summary>Bytes were written.</summary>
    public void CountWritten(int bytes) => Interlocked.Add(ref _writtenBytes, bytes);

    /// <summary>Tells the executor what was read and written since it was told last: the usage of the lease, which over most fabrics only we see.</summary>
    public void TellTraffic()
    {
        var traffic = new MemoryTraffic(Interlocked.Exchange(ref _readBytes, 0), Interlocked.Exchange(ref _writtenBytes, 0));
        if (traffic is not { ReadBytes: 0, WrittenBytes: 0 })
        {
            _session.TrySend(SessionMessage.MemoryTraffic, traffic);
        }
    }

    /// <summary>The executor has answered.</summary>
    public void Answer(MemoryBlock block)
    {
        if (_questions.TryRemove(block.Ask, out TaskCompletionSource<MemoryBlock>? question))
        {
            question.TrySetResult(block);
        }
    }

    /// <summary>The session has ended, and knows why: everything under way ends with that.</summary>
    public void Lose()
    {
        _isLost.Set();
        _connection.Break();
        foreach (TaskCompletionSource<MemoryBlock> question in _questions.Values)
        {
            question.TrySetException(Loss());
        }

        foreach (LentBlock block in _blocks.Keys)
        {
            block.Close(); // what is mapped of a lease that is over goes back to its node
        }
    }

    /// <summary>Why nothing goes any more.</summary>
    public RowenException Loss() =>
        (_session.Loss ?? new ErrorAnswer(ErrorCode.PeerLost, _session.LossText)).ToException();

    /// <summary>Why a block is not lent any more: because of the lease's end, which may be known in a moment, or by itself.</summary>
    public RowenException LossOfBlock() => _isLost.Wait(ReasonTimeout)
        ? Loss()
        : new RowenException(ErrorCode.StaleMemory, "The remote memory is not lent any more: it was freed. Allocate anew.");

    /// <summary>Why the fabric's connection ended: what the session finds out in a moment, or only that.</summary>
    public RowenException LossOfConnection()
    {
        _session.LoseExecutor(why: null);
        _isLost.Wait(ReasonTimeout);
        return Loss();
    }

    public void Dispose()
    {
        _traffic.Dispose();
        Lose();
        _endpointGate.Close();
    }

    private async Task<LentBlock> AllocateAsync(long lengthBytes)
    {
        MemoryBlock block = await AskAsync(ask => _session.TrySend(SessionMessage.AskMemory, new MemoryAsk(ask, lengthBytes))).ConfigureAwait(false);
        if (block.Error is { } error)
        {
            throw error.ToException();
        }

        if (block.LengthBytes != (ulong)MemoryLending.CostOf(lengthBytes))
        {
            throw new RowenException(ErrorCode.MalformedMessage, $"{lengthBytes} bytes were asked for, and a {block} came.");
        }

        try
        {
            return await Task.Run(() => Open(block, lengthBytes)).ConfigureAwait(false);
        }
        catch
        {
            await FreeAsync(block.Key).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Nobody wants the block any more. It is opened all the same: what the fabric brought for it must not pile up.</summary>
    private async Task DropAsync(Task<LentBlock> allocating)
    {
        try
        {
            await FreeAsync(await allocating.ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (RowenException)
        {
            // There is nothing to give back.
        }
    }

    private async Task FreeAsync(ulong key)
    {
        try
        {
            await AskAsync(ask => _session.TrySend(SessionMessage.FreeMemory, new MemoryRelease(ask, key))).ConfigureAwait(false);
        }
        catch (RowenException)
        {
            // The lease is over: the memory was taken back with it.
        }
    }

    /// <summary>Asks the executor when it has room for a question, and waits for the answer or the session's end.</summary>
    private async Task<MemoryBlock> AskAsync(Func<int, bool> send)
    {
        await _questionRoom.WaitAsync().ConfigureAwait(false);
        int ask = Interlocked.Increment(ref _lastAsk);
        var question = new TaskCompletionSource<MemoryBlock>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[ask] = question;
        try
        {
            return IsLost || !send(ask) ? throw Loss() : await question.Task.ConfigureAwait(false);
        }
        finally
        {
            _questions.TryRemove(ask, out _);
            _questionRoom.Release();
        }
    }

    private LentBlock Open(MemoryBlock block, long lengthBytes)
    {
        LentBlock lent = OpenInTurn(new RemoteBlock(block.Key, block.LengthBytes), lengthBytes);
        _blocks[lent] = true;
        if (IsLost)
        {
            lent.Close(); // Lose may not have seen it
            throw Loss();
        }

        return lent;
    }

    private LentBlock OpenInTurn(RemoteBlock remote, long lengthBytes)
    {
        Turn.Wait();
        try
        {
            return _endpointGate.TryEnter() ? OpenOrLeave(remote, lengthBytes) : throw Loss();
        }
        catch (IOException exception)
        {
            throw new RowenException(ErrorCode.MalformedMessage, $"A block of memory could not be mapped: {exception.Message}", exception);
        }
        catch (OutOfMemoryException exception)
        {
            throw new RowenException(ErrorCode.OutOfMemory, $"This machine could not map a block of memory: {exception.Message}", exception);
        }
        finally
        {
            Turn.Release();
        }
    }

    private LentBlock OpenOrLeave(RemoteBlock remote, long lengthBytes)
    {
        try
        {
            return _connection.MapOrNone(remote) is { } view
                ? new MappedBlock(this, remote, lengthBytes, view, Leave)
                : new DistantBlock(this, remote, lengthBytes, Leave);
        }
        catch
        {
            _endpointGate.Leave();
            throw;
        }
    }

    private void Leave(LentBlock block)
    {
        _blocks.TryRemove(block, out _);
        _endpointGate.Leave();
    }

    private void EndEndpoint()
    {
        _connection.Dispose();
        _connection.Endpoint.Dispose();
    }
}
