using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Logs;
using Rowen.NodeAgent.Usage;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent.Executors;

/// <summary>One executor while it lives: its process, its control socket, and what belongs to its lease.</summary>
/// <remarks>
/// Thread safety: the supervisor's thread owns process, pipes and memory; the reading thread of the control socket and
/// the agent's loop touch what is guarded by the lock.
/// </remarks>
internal sealed class ExecutorProcess(ExecutorNumber number, ChildProcess child, MemoryGroup? group, string folder)
{
    private readonly Lock _lock = new();
    private ControlSocket? _socket;
    private LeaseMeter? _meter;
    private ErrorAnswer? _killReason;
    private ExecutorFailure? _lastWords;
    private volatile bool _hasSaidAll;
    private IReadOnlyList<int> _cores = []; // where it is pinned; none: nowhere, and gives way, as it was started

    public ExecutorNumber Number { get; } = number;

    public ChildProcess Child { get; } = child;

    public MemoryGroup? Group { get; } = group;

    /// <summary>Its scratch folder, which goes with it.</summary>
    public string Folder { get; } = folder;

    public OutputTail ErrorTail { get; } = new();

    public LeaseLog? Log { get; private set; }

    public ExecutorAssignment? Assignment { get; private set; }

    /// <summary>The kernel holds the limit; otherwise the supervisor watches.</summary>
    public bool IsLimitedByKernel { get; private set; }

    /// <summary>Set by the watch when it killed at the limit.</summary>
    public bool IsOverLimit { get; set; }

    /// <summary>The processes that descended from it when they were last counted; only without a memory group.</summary>
    public IReadOnlyList<TreeProcess> Tree { get; set; } = [];

    public long PeakBytes { get; private set; }

    /// <summary>When it is to be killed, on the monotonic clock; never, unless somebody said so.</summary>
    public long KillAtNs
    {
        get
        {
            lock (_lock)
            {
                return field;
            }
        }

        private set;
    } = long.MaxValue;

    public bool IsKilled { get; set; }

    /// <summary>When the kernel said that it has ended; null while it runs.</summary>
    public long? EndedAtNs { get; set; }

    /// <summary>Nothing of what it has sent is still unread: its last words may be among it.</summary>
    public bool HasSaidAll
    {
        get
        {
            lock (_lock)
            {
                return _socket is null || _hasSaidAll;
            }
        }
    }

    /// <summary>Its control socket was read to the end.</summary>
    public void SetSaidAll() => _hasSaidAll = true;

    public ErrorAnswer? KillReason
    {
        get
        {
            lock (_lock)
            {
                return _killReason;
            }
        }
    }

    public ExecutorFailure? LastWords
    {
        get
        {
            lock (_lock)
            {
                return _lastWords;
            }
        }

        set
        {
            lock (_lock)
            {
                _lastWords ??= value;
            }
        }
    }

    /// <summary>Takes its connection: the first one only.</summary>
    public bool TryAttach(ControlSocket socket)
    {
        lock (_lock)
        {
            if (_socket is not null)
            {
                return false;
            }

            _socket = socket;
            return true;
        }
    }

    /// <summary>Ties it to a lease: pinned, limited, metered and logged before it hears of it.</summary>
    public void Assign(ExecutorAssignment assignment, LeaseLog? log, long nowNs)
    {
        bool isLimited = Group?.TryLimit(assignment.MemoryBytes) == true;
        lock (_lock)
        {
            Log = log;
            IsLimitedByKernel = isLimited;
            _meter = new LeaseMeter(
                assignment.Lease, assignment.Cores.Count, assignment.MemoryBytes, nowNs, ChildProcess.GetProcessorNs(Child.Id));
            Assignment = assignment;
        }

        Place(assignment.Cores);
        Send(ExecutorMessage.Assign, assignment);
    }

    /// <summary>Unties it from a lease that nobody has used.</summary>
    /// <returns>Meters of that lease.</returns>
    public LeaseUsage? Unassign(long nowNs)
    {
        LeaseUsage? usage = ReadUsage(nowNs);
        LeaseLog? log = Log;
        lock (_lock)
        {
            (Assignment, _meter, Log, IsLimitedByKernel, PeakBytes) = (null, null, null, false, 0);
        }

        log?.Dispose();
        return usage;
    }

    /// <summary>Sends a message; one that does not arrive shows as the end of the connection.</summary>
    public void Send<T>(ExecutorMessage kind, T message)
        where T : class, IControlMessage<T> => Send(kind, ControlMessage.Write(message));

    /// <summary>Sends a message without fields.</summary>
    public void Send(ExecutorMessage kind) => Send(kind, ReadOnlySpan<byte>.Empty);

    public void TakeWord(ExecutorMeter word, long nowNs)
    {
        lock (_lock)
        {
            _meter?.TakeWord(word, nowNs, ChildProcess.GetProcessorNs(Child.Id));
        }
    }

    public void TakeMemory(long bytes)
    {
        PeakBytes = Math.Max(PeakBytes, bytes);
        lock (_lock)
        {
            _meter?.TakeMemory(bytes);
        }
    }

    /// <summary>Meters of its lease; null if it has none.</summary>
    public LeaseUsage? ReadUsage(long nowNs)
    {
        lock (_lock)
        {
            return _meter?.Read(nowNs, ChildProcess.GetProcessorNs(Child.Id));
        }
    }

    /// <summary>Meters at the end, with the processor time that the kernel counted in all.</summary>
    public LeaseUsage? ReadFinalUsage(long nowNs, long processorNs)
    {
        lock (_lock)
        {
            _meter?.TakeProcessorTime(processorNs);
            return _meter?.Read(nowNs, processorNs);
        }
    }

    /// <summary>Asks for a kill at a moment; the earliest wish counts, the first reason stands.</summary>
    public void KillAt(long atNs, ErrorAnswer reason)
    {
        lock (_lock)
        {
            _killReason ??= reason;
            KillAtNs = Math.Min(KillAtNs, atNs);
        }
    }

    /// <summary>Closes what this process holds of it.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _socket?.Dispose();
        }

        Log?.Dispose();
        Child.Dispose();
    }

    /// <summary>
    /// Who lends memory has no core, and gives way to whoever has. In the pool it only sleeps: it stays where it was, and a
    /// lease of the same cores finds it in its place.
    /// </summary>
    private void Place(IReadOnlyList<int> cores)
    {
        if (_cores.SequenceEqual(cores))
        {
            return;
        }

        _ = CpuAffinity.TryPinProcess(Child.Id, cores.Count > 0 ? cores : CpuAffinity.GetAllowed());
        if (cores.Count == 0)
        {
            TimeSlice.GiveWay(Child.Id);
        }
        else if (_cores.Count == 0)
        {
            TimeSlice.Restore(Child.Id);
        }

        _cores = cores;
    }

    private void Send(ExecutorMessage kind, ReadOnlySpan<byte> payload)
    {
        ControlSocket? socket;
        lock (_lock)
        {
            socket = _socket;
        }

        _ = socket?.Send((byte)kind, payload);
    }
}
