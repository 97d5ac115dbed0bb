using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;

namespace Rowen.NodeAgent.Executors;

/// <summary>Accepts the control connections of executors, of nobody else, and reads what they say.</summary>
/// <remarks>The kernel names the peer: a process that the supervisor did not start is closed before a byte of it is read.</remarks>
internal sealed class ExecutorListener : IDisposable
{
    private const int ReadingStackBytes = 256 * 1024;
    private const int MaxPackageQuestions = 4;
    private const int MaxAddresses = 8;
    private const int MaxAddressLength = 256;

    private readonly ExecutorSupervisor _supervisor;
    private readonly Func<CodePackageId, ExecutorNumber, Task<PackageAnswer>> _getPackage;
    private readonly TimeSpan _patience;
    private readonly Action<AgentInput> _tell;
    private readonly ILogger _logger;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Listens, and gives the supervisor the name of the socket.</summary>
    /// <param name="supervisor">Knows which processes are executors.</param>
    /// <param name="getPackage">Answers their questions for code packages; never throws.</param>
    /// <param name="patience">How long an executor may say nothing before it is killed.</param>
    /// <param name="tell">Takes Pooled and Returned.</param>
    /// <param name="logger">For people.</param>
    public ExecutorListener(
        ExecutorSupervisor supervisor,
        Func<CodePackageId, ExecutorNumber, Task<PackageAnswer>> getPackage,
        TimeSpan patience,
        Action<AgentInput> tell,
        ILogger logger)
    {
        _supervisor = supervisor;
        _getPackage = getPackage;
        _patience = patience;
        _tell = tell;
        _logger = logger;
        string name = "rowen-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
        _listener.Bind(new UnixDomainSocketEndPoint("\0" + name)); // abstract: gone with this process, however it ends
        _listener.Listen();
        supervisor.SocketName = "@" + name;
    }

    /// <summary>Accepts until it is disposed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Attach(await _listener.AcceptAsync(cancellationToken));
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // That one connection failed, or we are out of descriptors for a moment: leases go on, so does this.
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Tells an executor where its lease's package lies, before it can ask. The node fetches what it lacks.</summary>
    public void BringPackage(ExecutorNumber executor, CodePackageId package) => _ = Task.Run(async () =>
        _supervisor.Send(executor, ExecutorMessage.Package, await _getPackage(package, executor)));

    private void Attach(Socket connection)
    {
        bool isOurs = PeerCredentials.TryGet(connection, out PeerCredentials peer) && peer.UserId == PeerCredentials.OwnUserId;
        ExecutorProcess? process = isOurs ? _supervisor.FindByProcess(peer.ProcessId) : null;
        if (process is null)
        {
            SupervisorLog.Stranger(_logger, peer.ProcessId, peer.UserId);
            connection.Dispose();
            return;
        }

        var socket = new ControlSocket(connection, TimeProvider.System, _patience);
        if (!process.TryAttach(socket))
        {
            SupervisorLog.Stranger(_logger, peer.ProcessId, peer.UserId); // a function's code that plays executor
            socket.Dispose();
            return;
        }

        new Thread(() => Read(process, socket), ReadingStackBytes) { Name = $"rowen-{process.Number}", IsBackground = true }.Start();
    }

    private void Read(ExecutorProcess process, ControlSocket socket)
    {
        var conversation = new Conversation(this, process);
        ControlSocketEnd end = socket.Run(conversation.Handle);
        process.SetSaidAll();
        (ErrorCode code, string why) = end switch
        {
            ControlSocketEnd.PeerSilent => (ErrorCode.PeerLost,
                $"it said nothing for {socket.Patience.TotalSeconds} s: it was stopped, or starved of processor time"),
            ControlSocketEnd.Garbage => (ErrorCode.MalformedMessage, "it sent bytes that are not Rowen's to the agent"),
            ControlSocketEnd.OtherVersion => (ErrorCode.OtherVersion,
                $"it speaks version {socket.PeerVersion} of the protocol, not {ControlFrame.CurrentVersion}: "
                + "install the same Rowen in the agent's and the executor's folder"),
            _ => (ErrorCode.PeerLost, "it closed its connection to the agent and went on running"),
        };
        bool isLeaving = end is ControlSocketEnd.PeerClosed or ControlSocketEnd.Closed;
        _supervisor.Kill(process, new ErrorAnswer(code, why), isAfterGrace: isLeaving);
    }

    /// <summary>What one executor says, in the order in which it may say it.</summary>
    private sealed class Conversation(ExecutorListener owner, ExecutorProcess process)
    {
        private bool _isPooled;
        private bool _hasAsked;
        private bool _isRejected;
        private int _questionCount;

        public void Handle(byte kind, ReadOnlySpan<byte> payload)
        {
            if (!_isRejected && !TryHandle((ExecutorMessage)kind, payload))
            {
                _isRejected = true;
                SupervisorLog.Nonsense(owner._logger, process.Number, kind);
                owner._supervisor.Kill(process, new ErrorAnswer(
                    ErrorCode.MalformedMessage, $"it sent message {kind} to the agent, which makes no sense there"));
            }
        }

        private bool TryHandle(ExecutorMessage kind, ReadOnlySpan<byte> payload)
        {
            switch (kind)
            {
                case ExecutorMessage.Pooled when !_isPooled
                    && ControlMessage.TryRead(payload, out ExecutorPooled pooled) && pooled.Addresses.Count is > 0 and <= MaxAddresses
                    && pooled.Addresses.All(address => address?.Length is > 0 and <= MaxAddressLength):
                    _isPooled = true;
                    owner._tell(new AgentInput.Pooled(process.Number, pooled.Addresses));
                    return true;
                case ExecutorMessage.Returned when !_hasAsked && process.Assignment is { } lease && lease.Package == default:
                    // user code never came in, so this is the executor's own word
                    owner._tell(new AgentInput.Returned(process.Number, process.Unassign(MonotonicClock.NowNs)));
                    return true;
                case ExecutorMessage.Meter when ControlMessage.TryRead(payload, out ExecutorMeter meter):
                    process.TakeWord(meter, MonotonicClock.NowNs);
                    return true;
                case ExecutorMessage.Failing when ControlMessage.TryRead(payload, out ExecutorFailure failure):
                    process.LastWords = failure;
                    return true;
                case ExecutorMessage.NeedPackage when ControlMessage.TryRead(payload, out PackageQuestion question)
                    && Interlocked.Increment(ref _questionCount) <= MaxPackageQuestions:
                    _hasAsked = true;
                    _ = Task.Run(() => AnswerAsync(question.Package));
                    return true;
                default:
                    return false;
            }
        }

        private async Task AnswerAsync(CodePackageId package)
        {
            PackageAnswer answer = await owner._getPackage(package, process.Number);
            Interlocked.Decrement(ref _questionCount);
            process.Send(ExecutorMessage.Package, answer);
        }
    }
}
