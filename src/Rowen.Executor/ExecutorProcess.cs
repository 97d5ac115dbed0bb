using System.Net.Sockets;
using Rowen.Executor.Functions;
using Rowen.Executor.Invocations;
using Rowen.Executor.Rehearsals;
using Rowen.Executor.Sessions;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;

namespace Rowen.Executor;

/// <summary>The life of an executor: pooled, assigned to one lease, ended. It takes its orders from the agent alone.</summary>
internal sealed class ExecutorProcess
{
    /// <summary>How long an overdue function may go on before the process is ended: threads cannot be stopped one by one.</summary>
    private static readonly TimeSpan OverrunGrace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WatchPeriod = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MeterPeriod = TimeSpan.FromSeconds(1);

    private readonly ControlSocket _agent;
    private readonly Action _exit;
    private readonly FunctionTable _functions = new();
    private readonly PackageLoader _packages;
    private readonly ManualResetEventSlim _hasEnded = new();
    private LeaseTerm? _term;
    private OwnerSession? _session;
    private SessionListener? _listener;
    private FunctionMeter[] _meters = [];

    private ExecutorProcess(ControlSocket agent, Action exit)
    {
        _agent = agent;
        _exit = exit;
        _packages = new PackageLoader(agent, _functions);
    }

    /// <summary>Serves until the agent ends this process, or is gone: then nothing of it may stay.</summary>
    public static void Run(string agentSocket)
    {
        ProcessControl.DieWithParent();
        Preparation.Start();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint("\0" + agentSocket.TrimStart('@')));
        var agent = new ControlSocket(socket, TimeProvider.System);
        var process = new ExecutorProcess(agent, Exit);
        agent.Send((byte)ExecutorMessage.Pooled, []);
        agent.Run(process.Handle);
        EndNow(); // the agent is gone
    }

    private static void EndNow() => ProcessControl.Kill(Environment.ProcessId, ProcessSignal.Kill);

    private static void Exit()
    {
        Console.Out.Flush();
        Console.Error.Flush();
        Environment.Exit(0);
    }

    private void Handle(byte kind, ReadOnlySpan<byte> payload)
    {
        switch ((ExecutorMessage)kind)
        {
            case ExecutorMessage.Assign when _term is null && ControlMessage.TryRead(payload, out ExecutorAssignment assignment):
                Assign(assignment);
                break;
            case ExecutorMessage.Renew when ControlMessage.TryRead(payload, out ExecutorRenewal renewal):
                _term?.Renew(renewal.EndsAtNs);
                break;
            case ExecutorMessage.End when ControlMessage.TryRead(payload, out ExecutorEnding ending):
                new Thread(() => End(ending)) { Name = "rowen-end", IsBackground = true }.Start();
                break;
            case ExecutorMessage.Package when ControlMessage.TryRead(payload, out PackageAnswer answer):
                _packages.Answer(answer);
                break;
            case ExecutorMessage.Rehearse when _term is null:
                Rehearsal.Run(static agent => agent.Run(new ExecutorProcess(agent, static () => { }).Handle));
                break;
            default:
                throw new InvalidOperationException($"The agent sent message {kind}, which this executor does not understand.");
        }
    }

    private void Assign(ExecutorAssignment assignment)
    {
        _term = new LeaseTerm(assignment.EndsAtNs);
        _meters = CreateMeters(assignment.Cores.Count);
        LimitHeap(assignment.MemoryBytes);
        _session = new OwnerSession(assignment, _functions, _term, _meters, _packages.Load, Fail);
        _listener = new SessionListener(assignment, _session.Serve);
        _listener.Start();
        _agent.Send((byte)ExecutorMessage.Ready, ControlMessage.Write(new ExecutorReady(_listener.Addresses)));
        new Thread(Watch) { Name = "rowen-watch", IsBackground = true }.Start();
    }

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
            if (LeaseTerm.NowNs > _term!.EndsAtNs + (long)OverrunGrace.TotalNanoseconds)
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

    private void SendMeter() => _agent.Send((byte)ExecutorMessage.Meter, ControlMessage.Write(new ExecutorMeter(
        _meters.Sum(meter => meter.ComputingNs), _meters.Sum(meter => meter.InvocationCount), _packages.HasLoaded)));

    private void End(ExecutorEnding ending)
    {
        _term?.BeginEnding(new ErrorAnswer(ending.Code, ending.Why));
        _session?.TellEnding(ending);
        _listener?.Dispose();
        long endsAtNs = LeaseTerm.NowNs + (ending.GraceMs * 1_000_000);
        while (LeaseTerm.NowNs < endsAtNs && _meters.Any(meter => meter.RunningIndex >= 0))
        {
            _hasEnded.Wait(TimeSpan.FromMilliseconds(1));
        }

        _hasEnded.Set();
        SendMeter();
        _exit();
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
