using System.Security.Cryptography;
using Rowen.Commands;
using Rowen.Executor.Functions;
using Rowen.Executor.Invocations;
using Rowen.Fabric;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.Memory;
using Rowen.Functions;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Lambdas;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Sessions;

/// <summary>The conversation with the lease's owner: who it is, its lanes, its code packages, and how it ends.</summary>
/// <remarks>Each connection runs on a thread of its own; the first that proves to know the secret becomes the session.</remarks>
internal sealed partial class OwnerSession(
    ExecutorAssignment assignment,
    EndpointOptions endpoint,
    FunctionTable functions,
    LeaseTerm term,
    IReadOnlyList<FunctionMeter> meters,
    Func<LoadPackage, PackageFunctions> loadPackage,
    Action<ErrorCode, string> fail)
{
    /// <summary>As long as the owner's own.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly byte[] _secret = Convert.FromBase64String(assignment.Secret);
    private bool _isTaken;
    private bool _wasTaken;
    private ErrorAnswer? _end;
    private ControlSocket? _owner;
    private volatile ExecutorLane[] _lanes = [];

    /// <summary>Whether replies wait for room in the network's buffers.</summary>
    public bool HasUnsent => _lanes.Any(lane => lane.HasUnsent);

    /// <summary>Serves one connection until it ends.</summary>
    public void Serve(ControlSocket control)
    {
        try
        {
            IReadOnlyList<string> providers = Authenticate(control);
            Take();
            if (assignment.Kind == LeaseKind.Memory)
            {
                ServeMemoryOwner(control, providers);
            }
            else
            {
                ServeOwner(control, providers);
            }
        }
        catch (RowenException refusal)
        {
            control.Send((byte)SessionMessage.Refused, ControlMessage.Write(new ErrorAnswer(refusal.Code, refusal.Message)));
        }
        catch (IOException)
        {
            // The peer ended the conversation; nobody is there to be told.
        }
    }

    /// <summary>Ends the lease unless its owner has come already; whoever comes from now on hears why.</summary>
    public bool TryEndUnused(ErrorAnswer why)
    {
        lock (_lock)
        {
            _end = _wasTaken ? null : why;
            return !_wasTaken;
        }
    }

    /// <summary>Tells the owner, if there is one, that the lease ends.</summary>
    public void TellEnding(ExecutorEnding ending)
    {
        ControlSocket? owner;
        lock (_lock)
        {
            owner = _owner;
        }

        owner?.Send((byte)SessionMessage.Ending, ControlMessage.Write(ending));
    }

    /// <summary>Tells the owner, if there is one, what a command has printed.</summary>
    public void TellPrinted(CommandPrint print)
    {
        ControlSocket? owner;
        lock (_lock)
        {
            owner = _owner;
        }

        owner?.Send((byte)SessionMessage.Printed, ControlMessage.Write(print));
    }

    private void Take()
    {
        lock (_lock)
        {
            if (_end is { } end)
            {
                throw end.ToException();
            }

            Require(!_isTaken, ErrorCode.NotAuthenticated, "The secret of this lease was used already: it is good for one session.");
            _isTaken = _wasTaken = true;
        }
    }

    private IReadOnlyList<string> Authenticate(ControlSocket control)
    {
        SessionHello hello = Receive<SessionHello>(control, SessionMessage.Hello);
        if (hello.Lease != assignment.Lease)
        {
            throw new RowenException(ErrorCode.UnknownLease, $"This executor serves another lease than {hello.Lease}.");
        }

        Require(hello.Nonce.Length == SessionProof.SizeBytes, ErrorCode.MalformedMessage, "The owner's nonce has not 32 bytes.");
        byte[] nonce = RandomNumberGenerator.GetBytes(SessionProof.SizeBytes);
        Send(control, SessionMessage.Challenge, new SessionChallenge(nonce, SessionProof.OfExecutor(_secret, hello.Nonce, nonce)));
        SessionAttach attach = Receive<SessionAttach>(control, SessionMessage.Attach);
        return SessionProof.Equals(SessionProof.OfOwner(_secret, hello.Nonce, nonce), attach.Proof)
            ? attach.Providers
            : throw new RowenException(ErrorCode.NotAuthenticated, $"Whoever connected does not know the secret of {assignment.Lease}.");
    }

    private void ServeOwner(ControlSocket control, IReadOnlyList<string> providers)
    {
        ExecutorLane[] lanes = [];
        try
        {
            _lanes = lanes = Connect(control, providers);
            lock (_lock)
            {
                _owner = control;
            }

            control.Run((kind, payload) => Handle(control, kind, payload));
        }
        finally
        {
            lock (_lock)
            {
                _owner = null;
                _lanes = [];
                _isTaken = lanes.Length > 0; // a handshake that broke half-way may be tried again
            }

            foreach (ExecutorLane lane in lanes)
            {
                lane.Stop();
            }
        }
    }

    private ExecutorLane[] Connect(ControlSocket control, IReadOnlyList<string> providers)
    {
        var layout = new SlotLayout(assignment.SlotCount, assignment.SlotBytes);
        (FabricProvider provider, ExecutorLane[] lanes, string whyNotFaster) =
            OpenFastest(providers, provider => OpenLanes(provider, layout));
        bool isConnected = false;
        try
        {
            byte[] token = RandomNumberGenerator.GetBytes(ConnectRequest.TokenSizeBytes);
            Send(control, SessionMessage.Lanes, new SessionLanes(
                provider.Name, whyNotFaster, layout.SlotCount, layout.SlotBytes, assignment.HotWindowUs, token, [.. lanes.Select(lane => lane.End)]));
            SessionJoin join = Receive<SessionJoin>(control, SessionMessage.Join);
            if (join.Ends.Count != lanes.Length)
            {
                throw new RowenException(ErrorCode.MalformedMessage, $"{join.Ends.Count} lane ends came where {lanes.Length} are needed.");
            }

            StartLanes(lanes, join, token);
            ReceiveNothing(control, SessionMessage.Connected);
            AwaitLanes(lanes);
            control.Send((byte)SessionMessage.Joined, []);
            isConnected = true;
            return lanes;
        }
        finally
        {
            foreach (ExecutorLane lane in isConnected ? [] : lanes)
            {
                lane.Stop();
            }
        }
    }

    private ExecutorLane[] OpenLanes(FabricProvider provider, SlotLayout layout)
    {
        List<ExecutorLane> lanes = [];
        try
        {
            foreach (int core in assignment.Cores)
            {
                lanes.Add(new ExecutorLane(provider, endpoint, layout, core));
            }

            return [.. lanes];
        }
        catch (IOException exception)
        {
            lanes.ForEach(lane => lane.Stop());
            throw CannotUse(provider, exception);
        }
    }

    private RowenException CannotUse(FabricProvider provider, IOException exception) => new(
        ErrorCode.NoProvider,
        $"The executor on {assignment.NodeName} cannot use the fabric provider '{provider.Name}': {exception.Message}",
        exception);

    /// <summary>Opens lanes or memory over the first of the wanted providers that works here.</summary>
    private (FabricProvider Provider, T Opened, string WhyNotFaster) OpenFastest<T>(
        IReadOnlyList<string> wanted, Func<FabricProvider, T> open)
        where T : class
    {
        List<string> reasons = [];
        foreach (FabricProvider provider in wanted.Select(FabricProviders.ByNameOrNone).OfType<FabricProvider>())
        {
            bool isLast = provider.Name == wanted[^1];
            string? whyNot = isLast ? null : provider.WhyNotByItself; // the last is all that its owner has left, or has asked for
            try
            {
                if (whyNot is null)
                {
                    return (provider, open(provider), string.Join("; ", reasons));
                }
            }
            catch (RowenException exception) when (exception.Code == ErrorCode.NoProvider && !isLast)
            {
                whyNot = exception.Message;
            }

            reasons.Add($"{provider.Name}: on {assignment.NodeName}, {whyNot}");
        }

        throw new RowenException(
            ErrorCode.NoProvider,
            $"The executor has none of the fabric providers {string.Join(", ", wanted)}; it has {string.Join(", ", FabricProviders.FastestFirst.Select(known => known.Name))}.");
    }

    private void StartLanes(ExecutorLane[] lanes, SessionJoin join, byte[] token)
    {
        for (int i = 0; i < lanes.Length; i++)
        {
            LaneEnd end = join.Ends[i];
            var request = new ConnectRequest(end.Address, token, IsInitiator: false, StepTimeout);
            lanes[i].Start(new ExecutorLane.LaneStart(
                request, new RemoteBlock(end.Key, end.LengthBytes), functions, term, meters[i], fail, assignment));
        }
    }

    private static void AwaitLanes(ExecutorLane[] lanes)
    {
        foreach (ExecutorLane lane in lanes)
        {
            lane.OwnerHasShared();
        }

        foreach (ExecutorLane lane in lanes)
        {
            if (!lane.WaitUntilReady(StepTimeout))
            {
                throw new RowenException(ErrorCode.PeerLost, $"A lane could not be connected: {lane.Failure?.Message ?? "the owner was too slow"}");
            }
        }
    }

    private void Handle(ControlSocket control, byte kind, ReadOnlySpan<byte> payload)
    {
        if (kind == (byte)SessionMessage.LoadPackage && ControlMessage.TryRead(payload, out LoadPackage load))
        {
            // Loading may take long; the socket's heartbeats must not.
            ThreadPool.QueueUserWorkItem(_ => Send(control, SessionMessage.Functions, loadPackage(load)));
        }
        else if (kind == (byte)SessionMessage.Stop)
        {
            Stopping.Request();
        }
        else if (kind == (byte)SessionMessage.ReleaseLambda && ControlMessage.TryRead(payload, out LambdaRelease released))
        {
            functions.Release(released.Index);
        }
    }

    private static void Send<T>(ControlSocket control, SessionMessage kind, T message)
        where T : class, IControlMessage<T> => control.Send((byte)kind, ControlMessage.Write(message));

    private static T Receive<T>(ControlSocket control, SessionMessage expected)
        where T : class, IControlMessage<T>
    {
        ReadOnlySpan<byte> payload = ReceiveBytes(control, expected);
        return ControlMessage.TryRead(payload, out T message)
            ? message
            : throw new RowenException(ErrorCode.MalformedMessage, $"The owner's {expected} is malformed.");
    }

    private static void ReceiveNothing(ControlSocket control, SessionMessage expected) => _ = ReceiveBytes(control, expected);

    private static ReadOnlySpan<byte> ReceiveBytes(ControlSocket control, SessionMessage expected)
    {
        ControlSocketEnd end = control.Receive(StepTimeout, out byte kind, out ReadOnlySpan<byte> payload);
        return end switch
        {
            ControlSocketEnd.None when kind == (byte)expected => payload,
            ControlSocketEnd.None => throw new RowenException(
                ErrorCode.MalformedMessage, $"The owner sent a message of kind {kind} where {expected} is due."),
            ControlSocketEnd.OtherVersion => throw new RowenException(
                ErrorCode.OtherVersion,
                $"The owner speaks version {control.PeerVersion} of the protocol, this executor {ControlFrame.CurrentVersion}: upgrade the older one."),
            _ => throw new IOException($"The owner ended the handshake: {end}."),
        };
    }

    private static void Require(bool condition, ErrorCode code, string why)
    {
        if (!condition)
        {
            throw new RowenException(code, why);
        }
    }
}
