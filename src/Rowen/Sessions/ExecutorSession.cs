using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Rowen.Commands;
using Rowen.Fabric;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.Memory;
using Rowen.LentMemory;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;

namespace Rowen.Sessions;

/// <summary>The conversation with a lease's executor, seen from the lease's owner: lanes, code packages, the end.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class ExecutorSession : IAsyncDisposable
{
    /// <summary>The executor's address is known before its assignment: it may still rehearse, or have no core yet.</summary>
    private static readonly TimeSpan AssignmentTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A peer that has died is seen by its socket's end; this is for one on a machine so busy that two ends rarely run at once.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SlotPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WhyTimeout = TimeSpan.FromMilliseconds(700);

    private readonly LeaseView _lease;
    private readonly ControlSocket _control;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<PackageFunctions>> _questions = new();
    private readonly TaskCompletionSource<ExecutorEnding> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _endedToken = new();
    private readonly SemaphoreSlim _slotFreed = new(0); // never disposed: calls that end as lost still signal it, and it holds nothing
    private Lane[] _lanes = [];
    private LaneShare[] _shares = [];
    private volatile ErrorAnswer? _loss;
    private volatile ErrorAnswer? _suspicion;
    private int _lastAsk;
    private int _nextLane;
    private int _waitingForSlots;
    private int _isDisposed;
    private int _keepers = 1; // of the lanes' memory: the session, and calls whose results lie there
    private Thread? _listener;
    private Task _tellsEnd = Task.CompletedTask;

    private ExecutorSession(LeaseView lease, ControlSocket control, TimeProvider time)
    {
        _lease = lease;
        _control = control;
        _time = time;
    }

    /// <summary>Lanes: one for each leased core.</summary>
    public int LaneCount => _lanes.Length;

    /// <summary>The fabric provider that the lanes go over.</summary>
    public string Provider { get; private set; } = string.Empty;

    /// <summary>Why faster providers are not used; empty if the fastest is.</summary>
    public string WhyNotFaster { get; private set; } = string.Empty;

    /// <summary>Slots of each lane.</summary>
    public int SlotCount { get; private set; }

    /// <summary>Payload of a slot, in bytes.</summary>
    public int SlotBytes { get; private set; }

    /// <summary>Completes when the executor says that the lease ends, or is lost.</summary>
    public Task<ExecutorEnding> Ended => _ended.Task;

    /// <summary>Cancelled when <see cref="Ended"/> completes, and before any call ends as lost.</summary>
    public CancellationToken EndedToken => _endedToken.Token;

    /// <summary>
    /// Finds out why the executor was lost, within the given time; blocks. Called once, on the session's thread, before
    /// any call ends as lost.
    /// </summary>
    public Func<TimeSpan, ErrorAnswer?>? AskWhy { get; set; }

    /// <summary>The lane of a lease on memory; null where functions run.</summary>
    public MemoryLane? Memory { get; private set; }

    /// <summary>Why the executor is gone; null while it is not.</summary>
    public ErrorAnswer? Loss => _loss;

    public string LossText => (_loss ?? _suspicion)?.Message ?? $"The executor of {_lease.Id} is gone.";

    /// <summary>Connects to the executor, proves who we are, and opens its lanes.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="executor">How to reach its executor.</param>
    /// <param name="provider">The fabric provider to use; null for the fastest that serves both ends.</param>
    /// <param name="unreached">Where libfabric has failed, and is not tried again for a while unless it is asked for by name.</param>
    /// <param name="time">The clock by which silence is measured.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RowenException">The executor refused, was not reached, or is not who it should be.</exception>
    public static async Task<ExecutorSession> OpenAsync(
        LeaseView lease, ExecutorView executor, string? provider, UnreachedNodes unreached, TimeProvider time, CancellationToken cancellationToken)
    {
        // The handshake blocks, in steps with bounds; a thread of its own keeps it off the caller's and the pool's.
        Task<ExecutorSession> opening = Task.Factory.StartNew(
            () => Open(lease, executor, provider, unreached, time), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await opening.ConfigureAwait(false);
    }

    /// <summary>Has the executor load a code package that the manager holds.</summary>
    /// <param name="package">The package.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RowenException">It could not be loaded, or the executor was lost.</exception>
    public async Task<PackageFunctions> LoadPackageAsync(CodePackageId package, CancellationToken cancellationToken)
    {
        int ask = Interlocked.Increment(ref _lastAsk);
        var answer = new TaskCompletionSource<PackageFunctions>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[ask] = answer;
        try
        {
            if (_loss is { } loss || !_control.Send((byte)SessionMessage.LoadPackage, ControlMessage.Write(new LoadPackage(ask, package))))
            {
                throw new RowenException(ErrorCode.PeerLost, LossText);
            }

            PackageFunctions functions = await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return functions.Error is null ? functions : throw functions.Error.ToException();
        }
        finally
        {
            _questions.TryRemove(ask, out _);
        }
    }

    /// <summary>Takes a slot: of an idle lane if there is one, else of any that has one free.</summary>
    public PendingCall? TakeOrNone()
    {
        while (ChooseLaneOrNone() is { } lane)
        {
            if (lane.TakeOrNone() is { } call)
            {
                return call;
            }
        }

        return null;
    }

    /// <summary>Takes a slot likewise, and sends a request whose payload fits into it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PendingCall? StartOrNone(uint functionIndex, ReadOnlySpan<byte> input, ulong resultCapacity) =>
        _lanes.Length == 1 ? _lanes[0].StartOrNone(functionIndex, input, resultCapacity) : StartOnAnyOrNone(functionIndex, input, resultCapacity);

    private PendingCall? StartOnAnyOrNone(uint functionIndex, ReadOnlySpan<byte> input, ulong resultCapacity)
    {
        while (ChooseLaneOrNone() is { } lane)
        {
            if (lane.StartOrNone(functionIndex, input, resultCapacity) is { } call)
            {
                return call;
            }
        }

        return null;
    }

    /// <summary>Takes a slot of one lane.</summary>
    public PendingCall? TakeOrNone(int lane) => _lanes[lane].TakeOrNone();

    /// <summary>How maps divide the slots of one lane.</summary>
    public LaneShare ShareOf(int lane) => _shares[lane];

    /// <summary>Whether invocations wait for a slot of any lane.</summary>
    public bool HasSlotWaiters => Volatile.Read(ref _waitingForSlots) > 0;

    /// <summary>Waits for a slot on this thread.</summary>
    /// <returns>Null if none became free before the deadline, or the end of the lease.</returns>
    public PendingCall? Take(long deadlineAt, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waitingForSlots);
        try
        {
            PendingCall? call;
            while ((call = LookAndTakeOrNone()) is null && _loss is null && Stopwatch.GetTimestamp() < deadlineAt)
            {
                _slotFreed.Wait(SlotPeriod, cancellationToken);
            }

            return call;
        }
        finally
        {
            Interlocked.Decrement(ref _waitingForSlots);
        }
    }

    /// <summary>Waits for a slot without holding a thread.</summary>
    /// <returns>Null if none became free before the deadline, or the end of the lease.</returns>
    public async ValueTask<PendingCall?> TakeAsync(long deadlineAt, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waitingForSlots);
        try
        {
            PendingCall? call;
            while ((call = LookAndTakeOrNone()) is null && _loss is null && Stopwatch.GetTimestamp() < deadlineAt)
            {
                await _slotFreed.WaitAsync(SlotPeriod, cancellationToken).ConfigureAwait(false);
            }

            return call;
        }
        finally
        {
            Interlocked.Decrement(ref _waitingForSlots);
        }
    }

    public void SlotFreed()
    {
        if (Volatile.Read(ref _waitingForSlots) > 0)
        {
            _slotFreed.Release();
        }
    }

    /// <summary>A lane has seen that something is wrong: the control thread finds out what, and ends every call.</summary>
    public void LoseExecutor(ErrorAnswer? why)
    {
        _suspicion ??= why;
        _control.Close();
    }

    /// <summary>Ends the session from this side: the lease ended, or its owner has enough.</summary>
    public void End(ErrorAnswer why)
    {
        _suspicion ??= why;
        AskWhy = null;
        _control.Close();
    }

    /// <summary>Ends the session because its owner has enough: every call under way ends, and what it has in memory stays.</summary>
    public async Task EndAsync()
    {
        End(new ErrorAnswer(ErrorCode.LeaseReleased, $"{_lease.Id} was released by this program."));
        await Task.Run(() => _listener?.Join()).ConfigureAwait(false); // its socket is closed: it ends at once
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await EndAsync().ConfigureAwait(false);
        LetLanes();
        Memory?.Dispose();
        _control.Dispose();
        await _tellsEnd.ConfigureAwait(false);
        _endedToken.Dispose();
    }

    /// <summary>Hears, on the session's thread, what commands print while they run; null: nobody does.</summary>
    public Action<CommandPrint>? Printed { get; set; }

    /// <summary>Keeps the lanes' memory beyond the session, until <see cref="LetLanes"/>.</summary>
    public void KeepLanes() => Interlocked.Increment(ref _keepers);

    public void LetLanes()
    {
        if (Interlocked.Decrement(ref _keepers) > 0)
        {
            return;
        }

        foreach (Lane lane in _lanes)
        {
            lane.Dispose();
        }
    }

    /// <summary>Late answers to calls that were given up free slots, too, and perhaps nobody else looks for them.</summary>
    private PendingCall? LookAndTakeOrNone()
    {
        foreach (Lane lane in _lanes)
        {
            lane.Look();
        }

        return TakeOrNone();
    }

    /// <summary>An idle lane if there is one, else any that has a free slot.</summary>
    private Lane? ChooseLaneOrNone()
    {
        Lane[] lanes = _lanes;
        return ChooseLaneOrNone(lanes, static lane => lane.IsIdle) ?? ChooseLaneOrNone(lanes, static lane => lane.HasFreeSlot);
    }

    private Lane? ChooseLaneOrNone(Lane[] lanes, Func<Lane, bool> isSuitable)
    {
        uint first = (uint)_nextLane++;
        for (uint i = 0; i < lanes.Length; i++)
        {
            Lane lane = lanes[(first + i) % (uint)lanes.Length];
            if (isSuitable(lane))
            {
                return lane;
            }
        }

        return null;
    }

    private static ExecutorSession Open(
        LeaseView lease, ExecutorView executor, string? provider, UnreachedNodes unreached, TimeProvider time, string? whyNotLibfabric = null)
    {
        var session = new ExecutorSession(lease, Connect(lease, executor, time, out bool isSameHost), time);
        try
        {
            session.Attach(executor, ChooseProviders(provider, isSameHost, whyNotLibfabric ?? unreached.WhyOrNone(lease.Node)));
        }
        catch (Exception exception)
        {
            session.Close();
            if (provider is null && session.Provider == "ofi")
            {
                ExecutorSession without = OpenWithoutLibfabric(lease, executor, unreached, time, exception.Message);
                unreached.Remember(lease.Node, exception.Message); // its executor lives: it was the network
                return without;
            }

            throw exception is IOException or TimeoutException or ArgumentException
                ? new RowenException(ErrorCode.PeerLost, $"Lanes to the executor of {lease.Id} could not be opened: {exception.Message}", exception)
                : exception;
        }

        session._listener = new Thread(session.Listen) { Name = "rowen-session", IsBackground = true };
        session._listener.Start();
        return session;
    }

    /// <summary>
    /// libfabric was chosen by itself and does not work: once more, without it. The executor may still be busy with the end of
    /// the first attempt; until then it takes the second for another owner.
    /// </summary>
    private static ExecutorSession OpenWithoutLibfabric(LeaseView lease, ExecutorView executor, UnreachedNodes unreached, TimeProvider time, string why)
    {
        using var never = new ManualResetEventSlim();
        long startedAt = time.GetTimestamp();
        while (true)
        {
            try
            {
                return Open(lease, executor, provider: null, unreached, time, why);
            }
            catch (RowenException exception) when (exception.Code == ErrorCode.NotAuthenticated && time.GetElapsedTime(startedAt) < StepTimeout)
            {
                never.Wait(SlotPeriod);
            }
        }
    }

    private static ControlSocket Connect(LeaseView lease, ExecutorView executor, TimeProvider time, out bool isSameHost)
    {
        string tried = string.Empty;
        foreach (string address in executor.Addresses)
        {
            try
            {
                isSameHost = address.StartsWith("unix:", StringComparison.Ordinal);
                return new ControlSocket(Connect(address), time);
            }
            catch (Exception exception) when (exception is SocketException or FormatException)
            {
                tried += $" {address}: {exception.Message}.";
            }
        }

        throw new RowenException(ErrorCode.PeerLost, $"The executor of {lease.Id} could not be reached.{tried}");
    }

    private static Socket Connect(string address)
    {
        bool isUnix = address.StartsWith("unix:@", StringComparison.Ordinal);
        var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isUnix)
            {
                socket.Connect(new UnixDomainSocketEndPoint("\0" + address["unix:@".Length..]));
            }
            else
            {
                socket.Connect(IPEndPoint.Parse(address.AsSpan(address.IndexOf(':', StringComparison.Ordinal) + 1)));
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Attach(ExecutorView executor, FabricOffer offer)
    {
        string[] wanted = [.. offer.Names];
        Authenticate(Convert.FromBase64String(executor.Secret), wanted);
        SessionLanes lanes = Receive<SessionLanes>(SessionMessage.Lanes);
        FabricProvider chosen = offer.ProviderOrNone(lanes.Provider)
            ?? throw Malformed($"chose the provider '{lanes.Provider}', which it was not offered");
        var layout = new SlotLayout(lanes.SlotCount, lanes.SlotBytes);
        if (!layout.IsValid || lanes.Ends.Count is 0 or > 4096)
        {
            throw Malformed($"offers {lanes.Ends.Count} lanes with {layout}");
        }

        Provider = lanes.Provider;
        SlotCount = lanes.SlotCount;
        SlotBytes = lanes.SlotBytes;
        WhyNotFaster = string.Join("; ", offer.WhyNotFaster.Append(lanes.WhyNotFaster).Where(why => why.Length > 0));
        if (_lease.Kind == LeaseKind.Memory)
        {
            OpenMemory(chosen, lanes);
        }
        else
        {
            Open(chosen, lanes, layout);
            LaneMetrics.Opened(Provider, _lanes.Length);
        }
    }

    private static FabricOffer ChooseProviders(string? provider, bool isSameHost, string? whyNotLibfabric)
    {
        if (provider is not null)
        {
            string[] known = [.. FabricProviders.FastestFirst.Select(each => each.Name)];
            return known.Contains(provider)
                ? FabricOffer.Only(provider)
                : throw new RowenException(ErrorCode.NoProvider, $"There is no fabric provider '{provider}': there are {string.Join(", ", known)}.");
        }

        var offer = FabricOffer.ForPeer(isSameHost);
        return whyNotLibfabric is null ? offer : offer.WithoutLibfabric(whyNotLibfabric);
    }

    private void Authenticate(byte[] secret, string[] providers)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(SessionProof.SizeBytes);
        Send(SessionMessage.Hello, new SessionHello(_lease.Id, nonce, Environment.MachineName));
        SessionChallenge challenge = Receive<SessionChallenge>(SessionMessage.Challenge, AssignmentTimeout);
        if (!SessionProof.Equals(SessionProof.OfExecutor(secret, nonce, challenge.Nonce), challenge.Proof))
        {
            throw new RowenException(
                ErrorCode.NotAuthenticated, $"Whatever answers at the address of {_lease.Id}'s executor does not know the lease's secret.");
        }

        Send(SessionMessage.Attach, new SessionAttach(SessionProof.OfOwner(secret, nonce, challenge.Nonce), providers));
    }

    private void Open(FabricProvider provider, SessionLanes lanes, SlotLayout layout)
    {
        FabricEndpoint[] endpoints = OpenEndpoints(provider, lanes.Ends.Count);
        RegisteredMemory[] replies = [.. endpoints.Select(endpoint => endpoint.Register(layout.TotalBytes, MemoryAccess.RemoteWrite))];
        var opened = new List<Lane>();
        try
        {
            Send(SessionMessage.Join, new SessionJoin(
                [.. endpoints.Select((endpoint, i) => new LaneEnd(endpoint.Address.ToArray(), replies[i].Descriptor.Key, replies[i].LengthBytes))]));
            FabricConnection[] connections = [.. endpoints.Select((endpoint, i) =>
                endpoint.Connect(new ConnectRequest(lanes.Ends[i].Address, lanes.Token, IsInitiator: true, StepTimeout)))];
            for (int i = 0; i < connections.Length; i++)
            {
                connections[i].Share(replies[i]);
            }

            _control.Send((byte)SessionMessage.Connected, []);
            _ = ReceiveBytes(SessionMessage.Joined, StepTimeout);
            for (int i = 0; i < connections.Length; i++)
            {
                var remote = new RemoteBlock(lanes.Ends[i].Key, lanes.Ends[i].LengthBytes);
                opened.Add(new Lane(this, connections[i], new LaneMemory(connections[i], replies[i], remote, layout), lanes.HotWindowUs));
            }

            _shares = [.. opened.Select(_ => new LaneShare(SlotCount))];
            _lanes = [.. opened];
        }
        catch
        {
            foreach (FabricEndpoint endpoint in endpoints)
            {
                endpoint.Dispose(); // with its connections and memory
            }

            throw;
        }
    }

    private void OpenMemory(FabricProvider provider, SessionLanes lanes)
    {
        FabricEndpoint endpoint = OpenEndpoints(provider, count: 1)[0];
        try
        {
            Send(SessionMessage.Join, new SessionJoin([new LaneEnd(endpoint.Address.ToArray(), Key: 0, LengthBytes: 0)]));
            FabricConnection connection = endpoint.Connect(new ConnectRequest(lanes.Ends[0].Address, lanes.Token, IsInitiator: true, StepTimeout));
            _control.Send((byte)SessionMessage.Connected, []);
            _ = ReceiveBytes(SessionMessage.Joined, StepTimeout);
            Memory = new MemoryLane(this, connection, _time);
        }
        catch
        {
            endpoint.Dispose(); // with its connection
            throw;
        }
    }

    private static FabricEndpoint[] OpenEndpoints(FabricProvider provider, int count)
    {
        List<FabricEndpoint> endpoints = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                endpoints.Add(provider.OpenEndpoint(new EndpointOptions()));
            }

            return [.. endpoints];
        }
        catch (IOException exception)
        {
            endpoints.ForEach(endpoint => endpoint.Dispose());
            throw new RowenException(
                ErrorCode.NoProvider, $"This machine cannot use the fabric provider '{provider.Name}': {exception.Message}", exception);
        }
    }

    private void Listen()
    {
        ControlSocketEnd end = _control.Run(Handle);
        ErrorAnswer loss = FindLoss(end);
        _loss = loss;
        TellEnd(new ExecutorEnding(0, loss.Code, loss.Message));
        foreach (TaskCompletionSource<PackageFunctions> question in _questions.Values)
        {
            question.TrySetException(loss.ToException());
        }

        foreach (Lane lane in _lanes)
        {
            lane.Break();
        }

        Memory?.Lose();
    }

    private void TellEnd(ExecutorEnding ending)
    {
        if (_ended.TrySetResult(ending))
        {
            _tellsEnd = _endedToken.CancelAsync(); // asynchronously: the owner's callbacks must not hold up this thread
        }
    }

    private ErrorAnswer FindLoss(ControlSocketEnd end)
    {
        ErrorAnswer known = _suspicion ?? new ErrorAnswer(
            ErrorCode.PeerLost, $"The executor of {_lease.Id} on {_lease.NodeName} is gone ({Describe(end)}); see `rowen logs {_lease.Id}`.");
        try
        {
            return AskWhy?.Invoke(WhyTimeout) ?? known;
        }
        catch (RowenException)
        {
            return known; // the manager is away: what we saw ourselves must do
        }
    }

    private static string Describe(ControlSocketEnd end) => end switch
    {
        ControlSocketEnd.PeerClosed => "its process ended",
        ControlSocketEnd.PeerSilent => $"it said nothing for {ControlSocket.MaxSilence.TotalSeconds} s: stopped, or cut off",
        ControlSocketEnd.Garbage => "it sent bytes that are not Rowen's",
        ControlSocketEnd.OtherVersion => "it speaks another version of the protocol",
        _ => "the session was closed",
    };

    private void Handle(byte kind, ReadOnlySpan<byte> payload)
    {
        switch ((SessionMessage)kind)
        {
            case SessionMessage.Functions when ControlMessage.TryRead(payload, out PackageFunctions functions):
                if (_questions.TryGetValue(functions.Ask, out TaskCompletionSource<PackageFunctions>? question))
                {
                    question.TrySetResult(functions);
                }

                break;
            case SessionMessage.Memory when ControlMessage.TryRead(payload, out MemoryBlock block):
                Memory?.Answer(block);
                break;
            case SessionMessage.Printed when ControlMessage.TryRead(payload, out CommandPrint print):
                Printed?.Invoke(print);
                break;
            case SessionMessage.Ending when ControlMessage.TryRead(payload, out ExecutorEnding ending):
                _suspicion ??= new ErrorAnswer(ending.Code, ending.Why);
                TellEnd(ending);
                break;
            default:
                break; // a newer executor may say more than we understand
        }
    }

    private void Close()
    {
        _control.Dispose();
        foreach (Lane lane in _lanes)
        {
            lane.Break();
        }
    }

    /// <summary>Asks the executor something.</summary>
    /// <returns>False if the session has ended.</returns>
    public bool TrySend<T>(SessionMessage kind, T message)
        where T : class, IControlMessage<T> => _control.Send((byte)kind, ControlMessage.Write(message));

    /// <summary>Tells the executor something that has no more to it than its kind.</summary>
    /// <returns>False if the session has ended.</returns>
    public bool TrySend(SessionMessage kind) => _control.Send((byte)kind, []);

    private void Send<T>(SessionMessage kind, T message)
        where T : class, IControlMessage<T>
    {
        if (!TrySend(kind, message))
        {
            throw new IOException("the executor closed the session");
        }
    }

    private T Receive<T>(SessionMessage expected)
        where T : class, IControlMessage<T> => Receive<T>(expected, StepTimeout);

    private T Receive<T>(SessionMessage expected, TimeSpan timeout)
        where T : class, IControlMessage<T> => ControlMessage.TryRead(ReceiveBytes(expected, timeout), out T message) ? message : throw Malformed($"sent a malformed {expected}");

    private ReadOnlySpan<byte> ReceiveBytes(SessionMessage expected, TimeSpan timeout)
    {
        ControlSocketEnd end = _control.Receive(timeout, out byte kind, out ReadOnlySpan<byte> payload);
        if (end == ControlSocketEnd.OtherVersion)
        {
            throw new RowenException(
                ErrorCode.OtherVersion,
                $"The executor of {_lease.Id} speaks version {_control.PeerVersion} of the protocol, this program {ControlFrame.CurrentVersion}: upgrade the older one.");
        }

        if (end != ControlSocketEnd.None)
        {
            throw new IOException($"{Describe(end)} during the handshake");
        }

        if (kind == (byte)SessionMessage.Refused)
        {
            throw ControlMessage.TryRead(payload, out ErrorAnswer refusal) ? refusal.ToException() : Malformed("refused without a reason");
        }

        return kind == (byte)expected ? payload : throw Malformed($"sent a message of kind {kind} where {expected} is due");
    }

    private RowenException Malformed(string what) => new(ErrorCode.MalformedMessage, $"The executor of {_lease.Id} {what}.");
}
