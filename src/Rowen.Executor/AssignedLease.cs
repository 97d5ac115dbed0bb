using Rowen.Executor.Commands;
using Rowen.Executor.Functions;
using Rowen.Executor.Invocations;
using Rowen.Executor.Sessions;
using Rowen.Fabric;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor;

/// <summary>The lease that this executor serves: its term, its owner's session, its meters, from assignment to end.</summary>
internal sealed class AssignedLease
{
    /// <summary>How long an overdue function may go on before the process is ended: threads cannot be stopped one by one.</summary>
    private static readonly TimeSpan OverrunGrace = TimeSpan.FromSeconds(1);

    /// <summary>What replies have at the end, however short the grace is: those that wait for room in the network's buffers, and those of commands, which have just ended.</summary>
    private const long ReplyBoundNs = 20_000_000;

    private static readonly TimeSpan WatchPeriod = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MeterPeriod = TimeSpan.FromSeconds(1);

    private readonly ExecutorAssignment _assignment;
    private readonly ControlSocket _agent;
    private readonly ParkedThread _watch;
    private readonly FunctionTable _functions;
    private readonly PackageLoader _packages;
    private readonly CommandHost _commands;
    private readonly LeaseTerm _term;
    private readonly FunctionMeter[] _meters;
    private readonly OwnerSession _session;
    private readonly ManualResetEventSlim _hasEnded = new();
    private readonly Lock _lock = new();
    private bool _isUsed;

    /// <summary>Takes the lease on.</summary>
    public AssignedLease(
        ExecutorAssignment assignment,
        ControlSocket agent,
        EndpointOptions endpoint,
        ParkedThread watch,
        FunctionTable functions,
        PackageLoader packages,
        CommandHost commands)
    {
        _assignment = assignment;
        _agent = agent;
        _watch = watch;
        _functions = functions;
        _packages = packages;
        _commands = commands;
        commands.Begin(assignment);
        _term = new LeaseTerm(assignment.EndsAtNs);
        _meters = CreateMeters(assignment.Cores.Count);
        _session = new OwnerSession(assignment, endpoint, functions, _term, _meters, packages.Load, Fail);
        commands.TellPrinted = _session.TellPrinted;
    }

    /// <summary>Ends this process at once.</summary>
    public static void EndNow() => ProcessControl.Kill(Environment.ProcessId, ProcessSignal.Kill);

    /// <summary>Begins with what need not wait for the owner.</summary>
    public void Start()
    {
        if (_assignment.Package != default)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static lease => lease.LoadAhead(), this, preferLocal: false);
        }
    }

    /// <summary>Serves somebody who came, until that connection ends.</summary>
    public void Serve(ControlSocket control)
    {
        BeginUse();
        _session.Serve(control);
        if (!_session.HasOwner)
        {
            // Nobody is left whom a result could reach.
            _commands.EndAll(new ErrorAnswer(ErrorCode.PeerLost, $"The owner of {_assignment.Lease} has left."));
        }
    }

    /// <summary>Sets when it ends.</summary>
    public void Renew(ExecutorRenewal renewal) => _term.Renew(renewal.EndsAtNs);

    /// <summary>Ends it if neither its owner nor user code ever came; from then on nobody can.</summary>
    /// <returns>False if one of them came: then only the process's end cleans up.</returns>
    public bool TryEndUnused(ExecutorEnding ending)
    {
        if (_assignment.Package != default || !_session.TryEndUnused(new ErrorAnswer(ending.Code, ending.Why)))
        {
            return false;
        }

        _hasEnded.Set();
        return true;
    }

    /// <summary>Lets running functions finish within the grace.</summary>
    public void End(ExecutorEnding ending)
    {
        _term.BeginEnding(new ErrorAnswer(ending.Code, ending.Why));
        Stopping.Request();
        _session.TellEnding(ending);
        WaitWhile(IsInUse, ending.GraceMs * 1_000_000);
        _commands.EndAll(new ErrorAnswer(ending.Code, ending.Why));
        WaitWhile(() => (_commands.HasRun && IsInUse()) || _session.HasUnsent, ReplyBoundNs);
        _hasEnded.Set();
        _session.StopMemory();
        SendMeter();
    }

    private void WaitWhile(Func<bool> isSo, long boundNs)
    {
        long endsAtNs = LeaseTerm.NowNs + boundNs;
        while (LeaseTerm.NowNs < endsAtNs && isSo())
        {
            _hasEnded.Wait(TimeSpan.FromMilliseconds(1));
        }
    }

    /// <summary>While the owner still connects. If the package cannot be loaded, the owner hears why when it asks for it.</summary>
    private void LoadAhead()
    {
        BeginUse();
        _packages.LoadAhead(_assignment.Package);
    }

    /// <summary>Before any user code: what a lease that nobody comes to use does without.</summary>
    private void BeginUse()
    {
        lock (_lock)
        {
            if (!_isUsed)
            {
                _isUsed = true;
                LimitHeap(_assignment.MemoryBytes);
                _watch.Run(Watch);
            }
        }
    }

    /// <summary>Whether a function runs, or the owner of memory still copies it out.</summary>
    public bool IsInUse() => _assignment.Kind == LeaseKind.Memory ? _session.HasOwner : _meters.Any(meter => meter.RunningIndex >= 0);

    private static FunctionMeter[] CreateMeters(int count)
    {
        var meters = new FunctionMeter[count];
        for (int i = 0; i < count; i++)
        {
            meters[i] = new FunctionMeter();
        }

        return meters;
    }

    /// <summary>
    /// .NET functions that ask for too much get an OutOfMemoryException of their own instead of the whole process being
    /// ended by the agent's limit. An eighth stays for native memory, stacks and slots.
    /// </summary>
    private static void LimitHeap(long memoryBytes)
    {
        AppContext.SetData("GCHeapHardLimit", (ulong)(memoryBytes - (memoryBytes / 8)));
        try
        {
            GC.RefreshMemoryLimit();
        }
        catch (InvalidOperationException)
        {
            // Smaller than what is in use already: then the agent's limit alone holds.
        }
    }

    private void Watch()
    {
        TimeSpan sinceMeter = TimeSpan.Zero;
        while (!_hasEnded.Wait(WatchPeriod))
        {
            EndOverdueFunction();
            if (LeaseTerm.NowNs > _term.EndsAtNs + (long)OverrunGrace.TotalNanoseconds)
            {
                EndNow(); // the agent should have: it may be stopped, or cut off
            }

            sinceMeter += WatchPeriod;
            if (sinceMeter >= MeterPeriod)
            {
                sinceMeter = TimeSpan.Zero;
                SendMeter();
            }
        }
    }

    private void EndOverdueFunction()
    {
        long overdueSince = LeaseTerm.NowNs - (long)OverrunGrace.TotalNanoseconds;
        foreach (FunctionMeter meter in _meters)
        {
            if (meter.DeadlineNs is > 0 and long deadline && deadline < overdueSince)
            {
                string name = _functions.OrNone((uint)meter.RunningIndex)?.Name ?? "a function";
                Fail(ErrorCode.DeadlineExceeded, $"'{name}' was still running {OverrunGrace.TotalSeconds} s after its deadline; only the whole process can be ended.");
            }
        }
    }

    private void SendMeter()
    {
        MemoryTraffic traffic = _session.Traffic;
        _agent.Send((byte)ExecutorMessage.Meter, ControlMessage.Write(new ExecutorMeter(
            _meters.Sum(meter => meter.ComputingNs), _meters.Sum(meter => meter.InvocationCount), _packages.HasLoaded, traffic.ReadBytes, traffic.WrittenBytes)));
    }

    private void Fail(ErrorCode code, string why)
    {
        SendMeter();
        _agent.Send((byte)ExecutorMessage.Failing, ControlMessage.Write(new ExecutorFailure(code, why)));
        Console.Out.Flush();
        Console.Error.Flush();
        EndNow();
    }
}
