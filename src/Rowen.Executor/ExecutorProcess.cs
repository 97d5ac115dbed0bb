using System.Net;
using System.Net.Sockets;
using Rowen.Executor.Commands;
using Rowen.Executor.Functions;
using Rowen.Executor.Homes;
using Rowen.Executor.Lambdas;
using Rowen.Executor.Rehearsals;
using Rowen.Executor.Sessions;
using Rowen.Fabric;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;
using Rowen.Maps;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Lambdas;

namespace Rowen.Executor;

/// <summary>The life of an executor: pooled, assigned to a lease, ended. It takes its orders from the agent alone.</summary>
/// <remarks>A lease that nobody came to use leaves no trace: then the executor goes back to the pool.</remarks>
internal sealed class ExecutorProcess
{
    /// <summary>A rehearsal comes between, and a machine under load.</summary>
    private static readonly TimeSpan AssignmentTimeout = TimeSpan.FromSeconds(10);

    /// <summary>An agent that dies takes its executors with it at once, by the kernel; one that is starved does not.</summary>
    private static readonly TimeSpan AgentPatience = TimeSpan.FromSeconds(30);

    /// <summary>What buffers and handlers of C may take where somebody waits for the node.</summary>
    private static readonly TimeSpan UrgentExitBound = TimeSpan.FromMilliseconds(20);

    private readonly ControlSocket _agent;
    private readonly Action<bool, bool> _exit;
    private readonly FunctionTable _functions = new();
    private readonly CommandHost _commands = new();
    private readonly PackageLoader _packages;
    private readonly EndpointOptions _endpoint;
    private readonly SessionListener _listener;
    private readonly ParkedThread _watch = new("rowen-watch");
    private readonly ManualResetEventSlim _isAssigned = new();
    private volatile AssignedLease? _lease;

    private ExecutorProcess(ControlSocket agent, IPAddress? listenAddress, Action<bool, bool> exit)
    {
        _agent = agent;
        _exit = exit;
        _functions.Add([new CommandFunction(_commands)]); // the first, so that its number is known everywhere
        _packages = new PackageLoader(agent, _functions);
        _functions.BuiltIn = (LambdaFunctions.Bind, new LambdaBinder(_packages, _functions));
        _endpoint = new EndpointOptions { ListenAddress = listenAddress };
        _listener = new SessionListener(listenAddress, Serve);
    }

    /// <summary>Serves until the agent ends this process, or is gone: then nothing of it may stay.</summary>
    /// <param name="agentSocket">The agent's abstract Unix socket.</param>
    /// <param name="listenAddress">Where owners on other machines reach this one; null: only owners on this one come.</param>
    public static void Run(string agentSocket, IPAddress? listenAddress)
    {
        BatchSignals.Watch();
        ProcessControl.DieWithParent();
        Preparation.Start();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint("\0" + agentSocket.TrimStart('@')));
        var agent = new ControlSocket(socket, TimeProvider.System, AgentPatience);
        var process = new ExecutorProcess(agent, listenAddress, Exit);
        process.Run();
        AssignedLease.EndNow(); // the agent is gone
    }

    private void Run()
    {
        _agent.Send((byte)ExecutorMessage.Pooled, ControlMessage.Write(new ExecutorPooled(_listener.Addresses)));
        _agent.Run(Handle);
    }

    /// <summary>Handlers of user code have their turn, but those of .NET not while somebody waits for the node.</summary>
    private static void Exit(bool isUrgent, bool isIdle)
    {
        if (isUrgent)
        {
            ProcessControl.BoundExit(UrgentExitBound, 0);
        }

        Console.Out.Flush();
        Console.Error.Flush();
        if (isUrgent)
        {
            ProcessControl.ExitAsC(0, withHandlers: isIdle);
        }

        Environment.Exit(0);
    }

    private void Handle(byte kind, ReadOnlySpan<byte> payload)
    {
        switch ((ExecutorMessage)kind)
        {
            case ExecutorMessage.Assign when _lease is null && ControlMessage.TryRead(payload, out ExecutorAssignment assignment):
                Stopping.Reset();
                HomeExecutor.OrNone = new LeaseHome(assignment, _packages, _functions);
                _lease = new AssignedLease(assignment, _agent, _endpoint, _watch, _functions, _packages, _commands);
                _isAssigned.Set();
                _lease.Start();
                break;
            case ExecutorMessage.Renew when ControlMessage.TryRead(payload, out ExecutorRenewal renewal):
                _lease?.Renew(renewal);
                break;
            case ExecutorMessage.End when ControlMessage.TryRead(payload, out ExecutorEnding ending):
                if (_lease is { } lease) // otherwise it is a second one for a lease that was given back at the first
                {
                    End(lease, ending);
                }

                break;
            case ExecutorMessage.Package when ControlMessage.TryRead(payload, out PackageAnswer answer):
                _packages.Answer(answer);
                break;
            case ExecutorMessage.Rehearse when _lease is null:
                Rehearsal.Run(static agent => new ExecutorProcess(agent, listenAddress: null, static (_, _) => { }).Run(), _agent.Beat);
                break;
            default:
                throw new InvalidOperationException($"The agent sent message {kind}, which this executor does not understand.");
        }
    }

    /// <summary>The owner may be faster than the assignment, of which the agent told both; who comes too late finds nobody.</summary>
    private void Serve(ControlSocket control)
    {
        if (_isAssigned.Wait(AssignmentTimeout))
        {
            _lease?.Serve(control);
        }
    }

    private void End(AssignedLease lease, ExecutorEnding ending)
    {
        if (lease.TryEndUnused(ending))
        {
            _isAssigned.Reset();
            _lease = null;
            _agent.Send((byte)ExecutorMessage.Returned, []);
            return;
        }

        if (ending.IsUrgent)
        {
            TimeSlice.Hurry(Environment.ProcessId);
        }

        _listener.Dispose(); // nobody comes any more
        var end = new Thread(() =>
        {
            lease.End(ending);
            _exit(ending.IsUrgent, !lease.IsInUse());
        });
        (end.Name, end.IsBackground) = ("rowen-end", true);
        end.Start();
    }
}
