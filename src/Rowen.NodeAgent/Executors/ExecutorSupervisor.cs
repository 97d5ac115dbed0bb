using System.ComponentModel;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Capacity;
using Rowen.NodeAgent.Logs;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Usage;

namespace Rowen.NodeAgent.Executors;

/// <summary>Starts executors, collects what they print, enforces their memory, kills and buries them: on one thread of its own.</summary>
/// <remarks>
/// That thread lives as long as the agent, because the kernel kills executors when the thread that started them ends.
/// Thread safety: any thread may call; news goes to the callback, from this thread and those of the control sockets.
/// </remarks>
internal sealed class ExecutorSupervisor : IAsyncDisposable
{
    private const int ReadBytes = 64 * 1024; // a pipe's usual size: a full read means that a function floods
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const long NsPerMs = 1_000_000;

    /// <summary>What a process may still take to exit after it has closed its control socket.</summary>
    private const long ExitGraceNs = 500 * NsPerMs;

    private static readonly TimeSpan BurialPeriod = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CountPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FloodPause = TimeSpan.FromMilliseconds(1); // bounds a flood to 64 MB/s and little of a core

    /// <summary>SIGKILL needs milliseconds; a process that is stuck in the kernel must not hold the agent for ever.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly ExecutorSupervisorOptions _options;
    private readonly LogFolder _logs;
    private readonly Action<AgentInput> _tell;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly DescriptorPoll _poll = new();
    private readonly byte[] _buffer = new byte[ReadBytes];
    private readonly Lock _lock = new();
    private readonly Dictionary<int, ExecutorProcess> _processes = []; // by process id; changed under the lock
    private readonly Queue<ExecutorNumber> _toStart = []; // the first may be starting just now; changed under the lock
    private readonly Dictionary<ExecutorNumber, ErrorAnswer> _unwanted = []; // of those, which shall not run any more, and why
    private readonly List<MemoryGroup> _toRemove = []; // groups whose members were still dying; this thread only
    private readonly List<Task> _cleanUps = [];
    private long _lastCountNs;
    private bool _isStopping;

    /// <summary>Creates it; nothing runs before <see cref="Start()"/>.</summary>
    /// <param name="options">What executors are started with.</param>
    /// <param name="logs">Where their output goes.</param>
    /// <param name="tell">Takes Ended; must not block.</param>
    /// <param name="logger">For people.</param>
    public ExecutorSupervisor(ExecutorSupervisorOptions options, LogFolder logs, Action<AgentInput> tell, ILogger logger)
    {
        _options = options;
        _logs = logs;
        _tell = tell;
        _logger = logger;
        _toRemove.AddRange(options.LeftGroups);
        _thread = new Thread(Run) { Name = "rowen-executors", IsBackground = true };
    }

    /// <summary>Abstract Unix socket to which executors connect, as they get it: <c>@rowen-…</c>.</summary>
    public string SocketName { get; set; } = string.Empty;

    /// <summary>Called, on this thread, after an executor was buried.</summary>
    public Action<ExecutorNumber>? OnBuried { get; set; }

    /// <summary>Begins to supervise.</summary>
    public void Start() => _thread.Start();

    /// <summary>Starts an executor soon. News: Pooled, or Ended.</summary>
    public void Start(ExecutorNumber number)
    {
        lock (_lock)
        {
            _toStart.Enqueue(number);
        }

        _poll.Wake();
    }

    /// <summary>Ties a pooled executor to a lease.</summary>
    public void Assign(ExecutorNumber number, ExecutorAssignment assignment)
    {
        if (FindOrNone(number) is { } process)
        {
            process.Assign(assignment, OpenLogOrNone(assignment.Lease), MonotonicClock.NowNs);
            _poll.Wake(); // it is watched more closely from now on
        }
    }

    /// <summary>Sends a message to an executor, if it still lives.</summary>
    public void Send<T>(ExecutorNumber number, ExecutorMessage kind, T message)
        where T : class, IControlMessage<T> => FindOrNone(number)?.Send(kind, message);

    /// <summary>Sends a message without fields.</summary>
    public void Send(ExecutorNumber number, ExecutorMessage kind) => FindOrNone(number)?.Send(kind);

    /// <summary>Kills an executor and everything that it started, or sees to it that it does not start. News: Ended.</summary>
    public void Kill(ExecutorNumber number, ErrorAnswer reason)
    {
        ExecutorProcess? process;
        lock (_lock)
        {
            process = FindOrNone(number);
            if (process is null && _toStart.Contains(number))
            {
                _unwanted[number] = reason;
            }
        }

        if (process is not null)
        {
            Kill(process, reason);
        }
    }

    /// <summary>Kills an executor now, or a moment after its connection has ended.</summary>
    public void Kill(ExecutorProcess process, ErrorAnswer reason, bool isAfterGrace = false)
    {
        process.KillAt(MonotonicClock.NowNs + (isAfterGrace ? ExitGraceNs : 0), reason);
        _poll.Wake();
    }

    /// <summary>The executor with that process id, if it is one of ours.</summary>
    public ExecutorProcess? FindByProcess(int processId)
    {
        lock (_lock)
        {
            return _processes.GetValueOrDefault(processId);
        }
    }

    /// <summary>Meters of all leases that run.</summary>
    public IReadOnlyList<LeaseUsage> ReadUsage()
    {
        long nowNs = MonotonicClock.NowNs;
        lock (_lock)
        {
            return [.. _processes.Values.Select(process => process.ReadUsage(nowNs)).OfType<LeaseUsage>()];
        }
    }

    /// <summary>Kills what still runs, waits a bounded time for its end, and leaves nothing behind. Does nothing the second time.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isStopping)
            {
                return;
            }

            _isStopping = true;
        }

        _poll.Wake();
        if (!_thread.IsAlive || await Task.Run(() => _thread.Join(StopTimeout)))
        {
            _poll.Dispose();
            await Task.WhenAny(Task.WhenAll(_cleanUps), Task.Delay(StopTimeout, TimeProvider.System, CancellationToken.None));
        }
    }

    private ExecutorProcess? FindOrNone(ExecutorNumber number)
    {
        lock (_lock)
        {
            return _processes.Values.FirstOrDefault(process => process.Number == number);
        }
    }

    private void Run()
    {
        TimeSlice.GiveWay(); // executors inherit it: as long as nobody has leased one, it holds up neither jobs nor leases
        List<SafeFileHandle> handles = [];
        List<ExecutorProcess> processes = [];
        while (true)
        {
            bool isStopping = TakeWork(processes);
            if (isStopping && processes.Count == 0 && RemoveGroups())
            {
                return;
            }

            foreach (ExecutorProcess process in processes.Where(process => isStopping))
            {
                process.KillAt(0, new ErrorAnswer(ErrorCode.LeaseRevoked, "the agent ends"));
            }

            handles.Clear();
            handles.AddRange(processes.SelectMany(HandlesOf));
            bool[] isReady = new bool[handles.Count];
            _poll.Wait(handles, isReady, NextWait(processes));
            PumpAndBury(processes, isReady);
            Watch();
            _ = RemoveGroups();
        }
    }

    private bool TakeWork(List<ExecutorProcess> processes)
    {
        while (true)
        {
            ExecutorNumber number;
            lock (_lock)
            {
                if (_isStopping || !_toStart.TryPeek(out number))
                {
                    processes.Clear();
                    processes.AddRange(_processes.Values);
                    return _isStopping;
                }
            }

            StartNow(number);
            lock (_lock)
            {
                _ = _toStart.Dequeue();
                _ = _unwanted.Remove(number);
            }
        }
    }

    private static IEnumerable<SafeFileHandle> HandlesOf(ExecutorProcess process)
    {
        ChildProcess child = process.Child;
        SafeFileHandle?[] all =
        [
            child.Output.HasEnded ? null : child.Output.Handle,
            child.Error.HasEnded ? null : child.Error.Handle,
            process.EndedAtNs is null ? child.EndHandle : null,
        ];
        return all.OfType<SafeFileHandle>();
    }

    private TimeSpan NextWait(List<ExecutorProcess> processes)
    {
        TimeSpan wait = _toRemove.Count > 0 ? WatchPeriod : IdlePeriod;
        long nowNs = MonotonicClock.NowNs;
        foreach (ExecutorProcess process in processes)
        {
            TimeSpan own = process.Child.EndHandle is null || process is { Assignment: not null, IsLimitedByKernel: false } ? WatchPeriod
                : process.Assignment is not null ? CountPeriod
                : IdlePeriod;
            long untilKillNs = process.IsKilled ? long.MaxValue : Math.Max(0, process.KillAtNs - nowNs);
            own = process.EndedAtNs is null ? own : BurialPeriod;
            own = untilKillNs < own.TotalNanoseconds ? TimeSpan.FromMicroseconds(untilKillNs / 1000.0) : own;
            wait = own < wait ? own : wait;
        }

        return wait;
    }

    private void StartNow(ExecutorNumber number)
    {
        string folder = Path.Combine(_options.RunFolder, number.ToString());
        try
        {
            string temporary = ExecutorEnvironment.TemporaryFolder(folder);
            Directory.CreateDirectory(folder, OwnerOnly); // by itself: what is made on the way to another folder is open to all
            Directory.CreateDirectory(temporary, OwnerOnly);
            if (StartUnlessUnwanted(number, folder, temporary) is { } why)
            {
                NotStarted(number, folder, new ExecutorEnd(why.Code, why.Message, null));
            }
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or UnauthorizedAccessException)
        {
            SupervisorLog.StartFailed(_logger, exception, number);
            NotStarted(number, folder, new ExecutorEnd(
                ErrorCode.ExecutorCrashed, $"Node {_options.NodeName} could not start an executor: {exception.Message}", null));
        }
    }

    private void NotStarted(ExecutorNumber number, string folder, ExecutorEnd end)
    {
        RemoveFolder(folder);
        _tell(new AgentInput.Ended(number, end));
    }

    /// <summary>Under the lock: its connection finds it, however fast it is, and so does whoever kills it.</summary>
    /// <returns>Why it was not started, or null.</returns>
    private ErrorAnswer? StartUnlessUnwanted(ExecutorNumber number, string folder, string temporary)
    {
        MemoryGroup? group = MemoryGroup.CreateOrNone(_options.ControlGroups, number);
        lock (_lock)
        {
            bool isUnwanted = _unwanted.TryGetValue(number, out ErrorAnswer? why);
            ChildProcess? child = isUnwanted ? null : StartChild(folder, temporary, group);
            bool isIn = child is not null && group?.TryAdd(child.Id) == true;
            if (child is not null)
            {
                _processes.Add(child.Id, new ExecutorProcess(number, child, isIn ? group : null, folder));
            }

            if (!isIn && group is not null)
            {
                _toRemove.Add(group);
            }

            return why;
        }
    }

    private ChildProcess StartChild(string folder, string temporary, MemoryGroup? group)
    {
        try
        {
            return ChildProcess.Start(new ChildProcessStart
            {
                FileName = _options.Command.FileName,
                Arguments = [.. _options.Command.Arguments, SocketName, .. _options.ListenAddress is { } address ? [address] : Array.Empty<string>()],
                Environment = ExecutorEnvironment.Build(_options.ReadVariable, temporary, _options.ClusterPath),
                WorkingFolder = folder,
            });
        }
        catch (Win32Exception)
        {
            if (group is not null)
            {
                _toRemove.Add(group);
            }

            throw;
        }
    }

    private void PumpAndBury(List<ExecutorProcess> processes, bool[] isReady)
    {
        int next = 0;
        bool isFlooded = false;
        foreach (ExecutorProcess process in processes)
        {
            ChildProcess child = process.Child;
            bool isOutput = !child.Output.HasEnded && isReady[next++];
            bool isError = !child.Error.HasEnded && isReady[next++];
            bool mayHaveEnded = process.EndedAtNs is not null || child.EndHandle is null || isReady[next++];
            isFlooded |= isOutput && Pump(process, child.Output, isError: false) == ReadBytes;
            isFlooded |= isError && Pump(process, child.Error, isError: true) == ReadBytes;
            if (mayHaveEnded)
            {
                BuryIfEnded(process);
            }
            else if (!process.IsKilled && process.KillAtNs <= MonotonicClock.NowNs)
            {
                KillNow(process);
            }
        }

        if (isFlooded)
        {
            _poll.Wait([], [], FloodPause);
        }
    }

    private int Pump(ExecutorProcess process, OutputPipe pipe, bool isError)
    {
        int count = pipe.Read(_buffer);
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, count);
        if (isError)
        {
            process.ErrorTail.Write(bytes);
            process.Log?.Error.Write(bytes);
        }
        else
        {
            process.Log?.Output.Write(bytes);
        }

        return count;
    }

    private void KillNow(ExecutorProcess process)
    {
        process.IsKilled = true;
        KillDescendants(process);
        TimeSlice.Hurry(process.Child.Id); // what gives way while it lives would do so while it dies, too
    }

    private void KillDescendants(ExecutorProcess process)
    {
        try
        {
            _ = ProcessControl.KillGroup(process.Child.Id, ProcessSignal.Kill);
        }
        catch (Win32Exception exception)
        {
            SupervisorLog.KillFailed(_logger, exception, process.Number); // it has changed its user: nothing that we can do
        }

        process.Group?.KillMembers();
        foreach (TreeProcess member in process.Tree.Where(member => member.Id != process.Child.Id && ProcessTree.IsSame(member)))
        {
            TryKill(process, member.Id);
        }
    }

    private void TryKill(ExecutorProcess process, int member)
    {
        try
        {
            _ = ProcessControl.Kill(member, ProcessSignal.Kill);
        }
        catch (Win32Exception exception)
        {
            SupervisorLog.KillFailed(_logger, exception, process.Number);
        }
    }

    private void BuryIfEnded(ExecutorProcess process)
    {
        if (process.Child.EndHandle is null)
        {
            ReapOrKill(process);
            return;
        }

        NoticeEnd(process);
        KillDescendants(process); // before it is reaped: its group's id is certainly still its own
        bool isOver = process.HasSaidAll && IsQuiet(process);
        if (isOver || process.EndedAtNs + ExitGraceNs <= MonotonicClock.NowNs)
        {
            ReapOrKill(process);
        }
    }

    private static void NoticeEnd(ExecutorProcess process)
    {
        if (process.EndedAtNs is null && process.Group is null)
        {
            // Parents can be seen only while they live: who was started after the last count is known by its environment alone.
            process.Tree = ProcessTree.Read(process.Child.Id, process.Tree, process.Folder);
        }

        process.EndedAtNs ??= MonotonicClock.NowNs;
    }

    /// <summary>What was killed takes its time to die; a lease has ended only when nothing of it runs any more.</summary>
    private static bool IsQuiet(ExecutorProcess process) => process.Group is { } group
        ? group.IsEmpty
        : ProcessTree.Read(process.Child.Id, process.Tree).Count == 0;

    private void ReapOrKill(ExecutorProcess process)
    {
        if (process.Child.TryReap(out ChildProcessExit exit))
        {
            Bury(process, exit);
        }
        else if (!process.IsKilled && process.KillAtNs <= MonotonicClock.NowNs)
        {
            KillNow(process);
        }
    }

    private void Bury(ExecutorProcess process, ChildProcessExit exit)
    {
        if (process.EndedAtNs is null)
        {
            NoticeEnd(process);
            KillDescendants(process); // an old kernel told us by its reaping only
            _ = SpinWait.SpinUntil(() => process.HasSaidAll, FloodPause);
        }

        DrainOutput(process);
        lock (_lock)
        {
            _processes.Remove(process.Child.Id);
        }

        ExecutorEnd end = Explain(process, exit);
        process.Close();
        if (process.Group is { } group && !group.TryRemove())
        {
            _toRemove.Add(group);
        }

        RemoveFolder(process.Folder);
        OnBuried?.Invoke(process.Number);
        SupervisorLog.Ended(_logger, process.Number, process.Child.Id, end.Code, end.Why);
        _tell(new AgentInput.Ended(process.Number, end));
    }

    /// <summary>What it printed last; a descendant that escaped could print for ever, so only so much.</summary>
    private void DrainOutput(ExecutorProcess process)
    {
        const int maxReads = 64;
        for (int i = 0; i < maxReads && Pump(process, process.Child.Output, isError: false) > 0; i++)
        {
        }

        for (int i = 0; i < maxReads && Pump(process, process.Child.Error, isError: true) > 0; i++)
        {
        }
    }

    private ExecutorEnd Explain(ExecutorProcess process, ChildProcessExit exit)
    {
        bool isOutOfMemory = process.IsOverLimit || process is { IsLimitedByKernel: true, Group.KillCount: > 0 };
        process.TakeMemory(process.Group?.PeakBytes ?? 0);
        LeaseUsage? usage = process.ReadFinalUsage(MonotonicClock.NowNs, exit.ProcessorNs);
        ErrorAnswer answer = ExitAnalysis.Explain(new ExitEvidence
        {
            Lease = process.Assignment?.Lease ?? default,
            NodeName = _options.NodeName,
            Exit = exit,
            IsOutOfMemory = isOutOfMemory,
            PeakBytes = process.PeakBytes,
            LimitBytes = process.Assignment?.MemoryBytes ?? 0,
            LastWords = process.LastWords,
            KillReason = process.IsKilled ? process.KillReason : null, // it may have been faster
            ErrorTail = process.ErrorTail.ToString(),
        });
        return new ExecutorEnd(answer.Code, answer.Message, usage);
    }

    /// <summary>Counts memory, and kills at the limit where the kernel does not.</summary>
    private void Watch()
    {
        long nowNs = MonotonicClock.NowNs;
        bool isCount = nowNs - _lastCountNs >= CountPeriod.TotalNanoseconds - (10 * NsPerMs);
        _lastCountNs = isCount ? nowNs : _lastCountNs;
        foreach (ExecutorProcess process in _processes.Values) // only this thread changes the table
        {
            if (process.Assignment is not { } assignment || process.IsKilled)
            {
                continue;
            }

            if (!process.IsLimitedByKernel)
            {
                WatchTree(process, assignment.MemoryBytes, isCount);
            }
            else if (isCount)
            {
                process.TakeMemory(process.Group!.PeakBytes);
                process.IsOverLimit |= process.Group.KillCount > 0; // perhaps not the executor itself, but a child of it
            }

            if (process.IsOverLimit)
            {
                KillNow(process);
            }
        }
    }

    /// <summary>Looks for new descendants each second, and at the memory of those that are known each time.</summary>
    private static void WatchTree(ExecutorProcess process, long limitBytes, bool isCount)
    {
        if (isCount || process.Tree.Count == 0)
        {
            process.Tree = ProcessTree.Read(process.Child.Id, process.Tree);
        }

        long bytes = process.Tree.Sum(member => TreeProcess.ParseOrNone(
            SystemFile.ReadOrNone($"/proc/{member.Id}/stat"))?.ResidentBytes ?? 0);
        process.TakeMemory(bytes);
        process.IsOverLimit |= bytes > limitBytes;
    }

    private bool RemoveGroups()
    {
        foreach (MemoryGroup group in _toRemove)
        {
            group.KillMembers();
        }

        _toRemove.RemoveAll(group => group.TryRemove() || group.IsStuck);
        return _toRemove.Count == 0;
    }

    /// <summary>Not on this thread: a function may have left a million files.</summary>
    private void RemoveFolder(string folder)
    {
        _cleanUps.RemoveAll(task => task.IsCompleted);
        _cleanUps.Add(Task.Run(() =>
        {
            try
            {
                ScratchFolder.Remove(folder);
                _logs.Prune();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                SupervisorLog.FolderStays(_logger, exception, folder); // the next agent's start removes it
            }
        }));
    }

    private LeaseLog? OpenLogOrNone(LeaseId lease)
    {
        try
        {
            return _logs.Open(lease);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            SupervisorLog.NoLog(_logger, exception, lease);
            return null;
        }
    }
}
