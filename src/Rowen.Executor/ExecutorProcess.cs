using System.Net.Sockets;
using Rowen.Executor.Commands;
using Rowen.Executor.Functions;
using Rowen.Executor.Homes;
using Rowen.Executor.Lambdas;
using Rowen.Executor.Rehearsals;
using Rowen.Executor.Sessions;
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
    private readonly ControlSocket _agent;
    private readonly Action _exit;
    private readonly FunctionTable _functions = new();
    private readonly CommandHost _commands = new();
    private readonly PackageLoader _packages;
    private readonly SessionListener _listener;
    private readonly ParkedThread _watch = new("rowen-watch");
    private volatile AssignedLease? _lease;

    private ExecutorProcess(ControlSocket agent, Action exit)
    {
        _agent = agent;
        _exit = exit;
        _functions.Add([new CommandFunction(_commands)]); // the first, so that its number is known everywhere
        _packages = new PackageLoader(agent, _functions);
        _functions.BuiltIn = (LambdaFunctions.Bind, new LambdaBinder(_packages, _functions));
        _listener = new SessionListener(control => _lease?.Serve(control)); // who comes too late finds nobody
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
        AssignedLease.EndNow(); // the agent is gone
    }

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
            case ExecutorMessage.Assign when _lease is null && ControlMessage.TryRead(payload, out ExecutorAssignment assignment):
                Stopping.Reset();
                HomeExecutor.OrNone = new LeaseHome(assignment, _packages, _functions);
                _lease = new AssignedLease(assignment, _agent, _watch, _functions, _packages, _commands);
                _lease.Start(_listener.ListenOn(assignment.ListenAddress));
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
                Rehearsal.Run(static agent => agent.Run(new ExecutorProcess(agent, static () => { }).Handle));
                break;
            default:
                throw new InvalidOperationException($"The agent sent message {kind}, which this executor does not understand.");
        }
    }

    private void End(AssignedLease lease, ExecutorEnding ending)
    {
        if (lease.TryEndUnused(ending))
        {
            _lease = null;
            _agent.Send((byte)ExecutorMessage.Returned, []);
            return;
        }

        _listener.Dispose(); // nobody comes any more
        var end = new Thread(() =>
        {
            lease.End(ending);
            _exit();
        });
        (end.Name, end.IsBackground) = ("rowen-end", true);
        end.Start();
    }
}
