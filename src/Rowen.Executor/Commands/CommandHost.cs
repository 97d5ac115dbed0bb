using Rowen.Commands;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;

namespace Rowen.Executor.Commands;

/// <summary>The commands that run in this executor: who they are, how all of them end, and that nothing of them stays.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class CommandHost
{
    /// <summary>Between "please end" and "end": within what the agent gives an executor beyond its grace.</summary>
    private static readonly TimeSpan SoftTime = TimeSpan.FromMilliseconds(300);

    /// <summary>SIGKILL takes milliseconds; what is stuck in the kernel must not hold the thread for ever.</summary>
    private static readonly TimeSpan KillBound = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly Lock _orphanLock = new();
    private readonly Dictionary<long, CommandRunner> _running = [];
    private readonly ManualResetEventSlim _never = new();
    private readonly ManualResetEventSlim _isIdle = new(initialState: true);
    private readonly string _folder = Path.GetTempPath().TrimEnd('/');
    private ExecutorAssignment _lease = new();
    private long _lastNumber;
    private int _folderCount;
    private bool _isAdopting;

    /// <summary>Hears what commands print while they run. Set before any does.</summary>
    public Action<CommandPrint> TellPrinted { get; set; } = static _ => { };

    public string NodeName => _lease.NodeName;

    /// <summary>Whether any command ever ran here.</summary>
    public bool HasRun => Volatile.Read(ref _folderCount) > 0;

    /// <summary>The lease that commands run for from now on.</summary>
    public void Begin(ExecutorAssignment lease) => _lease = lease;

    /// <summary>Makes a folder for one lane, which goes with the executor.</summary>
    public string CreateFolder()
    {
        string folder = Path.Combine(_folder, $"commands-{Interlocked.Increment(ref _folderCount)}");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    /// <summary>The cores that a command gets which a lane is to run.</summary>
    /// <param name="own">The lane's core.</param>
    /// <param name="count">How many it wants.</param>
    /// <exception cref="RowenException">The lease has fewer from there on.</exception>
    public IReadOnlyList<int> CoresFrom(int own, int count)
    {
        int first = Math.Max(0, _lease.Cores.ToList().IndexOf(own));
        return first + count <= _lease.Cores.Count
            ? [.. _lease.Cores.Skip(first).Take(count)]
            : throw new RowenException(
                ErrorCode.BadRequest,
                $"The command wants {count} cores, and {_lease.Lease} on {NodeName} has {_lease.Cores.Count - first} of its {_lease.Cores.Count} left on this lane. Lease more.");
    }

    /// <summary>A command is about to start.</summary>
    /// <returns>The mark of its processes.</returns>
    public (long Number, string Mark) Add(CommandRunner runner)
    {
        lock (_lock)
        {
            if (!_isAdopting)
            {
                OrphanProcesses.Adopt();
                _isAdopting = true;
            }

            _running.Add(++_lastNumber, runner);
            _isIdle.Reset();
            return (_lastNumber, CommandMark.ValueFor(_folder, _lastNumber));
        }
    }

    /// <summary>A command has ended, and was reaped: whatever it has left running ends now. Does nothing the second time.</summary>
    public void Remove(long number)
    {
        lock (_lock)
        {
            if (!_running.Remove(number))
            {
                return;
            }
        }

        EndOrphans();
        lock (_lock)
        {
            if (_running.Count == 0)
            {
                _isIdle.Set();
            }
        }
    }

    /// <summary>Ends every command: asks, waits a moment, kills. Returns when none runs.</summary>
    public void EndAll(ErrorAnswer why)
    {
        Tell(runner => runner.Stop(why, isHard: false));
        if (!_isIdle.Wait(SoftTime))
        {
            Tell(runner => runner.Stop(why, isHard: true));
            _isIdle.Wait(KillBound);
        }
    }

    private void Tell(Action<CommandRunner> tell)
    {
        lock (_lock)
        {
            foreach (CommandRunner runner in _running.Values)
            {
                tell(runner);
            }
        }
    }

    /// <summary>The kernel gave us what has lost its parent. Usually nothing: that costs one look.</summary>
    private void EndOrphans()
    {
        if (OrphanProcesses.Find().Count == 0)
        {
            return;
        }

        long sinceNs = MonotonicClock.NowNs;
        lock (_orphanLock)
        {
            while (EndOrphansOnce() && MonotonicClock.NowNs - sinceNs < KillBound.TotalNanoseconds)
            {
                _never.Wait(Pause);
            }
        }
    }

    /// <returns>Whether some may still be dying, or have left children of their own.</returns>
    private bool EndOrphansOnce()
    {
        bool isSome = false;
        int ownSession = OrphanProcesses.SessionOf(0);
        foreach (int orphan in OrphanProcesses.Find())
        {
            int session = OrphanProcesses.SessionOf(orphan);
            if (session == ownSession || OrphanProcesses.TryReap(orphan) || IsOfRunning(orphan))
            {
                continue; // the first: started by functions in this process, which no command can be
            }

            ProcessControl.Kill(orphan, ProcessSignal.Kill);
            isSome = true;
        }

        return isSome;
    }

    /// <summary>Who has hidden where it comes from may belong to any command, and stays until the last of them has ended.</summary>
    private bool IsOfRunning(int orphan)
    {
        string? mark = OrphanProcesses.VariableOrNone(orphan, CommandMark.Variable);
        lock (_lock)
        {
            return mark is null
                ? _running.Count > 0
                : _running.Keys.Any(number => mark == CommandMark.ValueFor(_folder, number));
        }
    }
}
