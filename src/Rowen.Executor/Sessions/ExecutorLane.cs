using Rowen.Executor.Functions;
using Rowen.Executor.Invocations;
using Rowen.Fabric;
using Rowen.Fabric.Memory;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Sessions;

/// <summary>One core's end of a session: an endpoint, the slots that the owner writes into, and the thread that serves them.</summary>
internal sealed class ExecutorLane
{
    private readonly FabricEndpoint _endpoint;
    private readonly RegisteredMemory _slots;
    private readonly SlotLayout _layout;
    private readonly ManualResetEventSlim _ownerHasShared = new();
    private readonly ManualResetEventSlim _isReady = new();
    private readonly Thread _thread;
    private readonly int _core;
    private volatile FabricConnection? _connection;
    private volatile FunctionLoop? _loop;
    private volatile bool _isStopped;

    public ExecutorLane(FabricProvider provider, EndpointOptions options, SlotLayout layout, int core)
    {
        _core = core;
        _layout = layout;
        _endpoint = provider.OpenEndpoint(options);
        _slots = _endpoint.Register(layout.TotalBytes, MemoryAccess.RemoteWrite);
        _thread = new Thread(Serve) { Name = $"rowen-core-{core}", IsBackground = true };
    }

    /// <summary>What the owner needs to connect its end.</summary>
    public LaneEnd End => new(_endpoint.Address.ToArray(), _slots.Descriptor.Key, _slots.LengthBytes);

    /// <summary>Why the thread ended before it was ready.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether a reply waits for room in the network's buffers.</summary>
    public bool HasUnsent => _loop is { HasUnsent: true };

    /// <summary>Starts the thread, which connects and then serves.</summary>
    public void Start(LaneStart start) => _thread.Start(start);

    /// <summary>The owner has connected and shared its memory: map it.</summary>
    public void OwnerHasShared() => _ownerHasShared.Set();

    /// <summary>Waits until the lane serves.</summary>
    public bool WaitUntilReady(TimeSpan timeout) => _isReady.Wait(timeout) && Failure is null;

    /// <summary>The owner is gone.</summary>
    public void Break() => _connection?.Break();

    /// <summary>Ends the thread once the running function has returned; a function that does not is ended with the process.</summary>
    public void Stop()
    {
        _isStopped = true;
        _ownerHasShared.Set();
        _loop?.Stop();
        _connection?.Break();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            _endpoint.Dispose(); // otherwise the thread does, when it ends
        }
    }

    private void Serve(object? argument)
    {
        var start = (LaneStart)argument!;
        try
        {
            CpuAffinity.PinCurrentThread(_core);
            using FabricConnection connection = _endpoint.Connect(start.Request);
            _connection = connection;
            connection.Share(_slots);
            if (!_ownerHasShared.Wait(start.Request.Timeout) || _isStopped)
            {
                throw new TimeoutException("The lease's owner did not share its memory in time.");
            }

            using var lane = new LaneMemory(connection, _slots, start.OwnerSlots, _layout, MemoryAccess.RemoteRead | MemoryAccess.RemoteWrite);
            lane.GuardSlots();
            _loop = new FunctionLoop(
                connection, lane, start.Functions, start.Term, start.Meter, start.Fail, start.Assignment.HotWindowUs, (ulong)start.Assignment.MemoryBytes);
            _isReady.Set();
            if (!_isStopped)
            {
                _loop.Run();
            }
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or ArgumentException or OutOfMemoryException)
        {
            Failure = exception;
            _isReady.Set();
        }
        finally
        {
            _endpoint.Dispose();
        }
    }

    /// <summary>What a lane's thread needs to begin.</summary>
    internal sealed record LaneStart(
        ConnectRequest Request,
        RemoteBlock OwnerSlots,
        FunctionTable Functions,
        LeaseTerm Term,
        FunctionMeter Meter,
        Action<ErrorCode, string> Fail,
        ExecutorAssignment Assignment);
}
