using System.Net.Sockets;
using System.Security.Cryptography;
using Rowen.Commands;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Lambdas;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Lambdas;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen.Executor.Rehearsals;

/// <summary>
/// A whole lease in miniature, played within a process that waits for one: assignment, session, code package, calls, end.
/// What the first real lease needs is then compiled and linked. Takes some tens of milliseconds while nobody waits.
/// </summary>
/// <remarks>It plays the agent and the owner itself, over the same sockets and through the same code.</remarks>
internal sealed class Rehearsal : IDisposable
{
    /// <summary>Beyond that the rehearsal is given up: a slow first lease is better than none.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan BeatPeriod = TimeSpan.FromMilliseconds(500);

    private static readonly CodePackageId Package = new(new string('0', 64));

    private const int SlotBytes = 4096;

    private readonly ControlSocket _agent;
    private readonly ControlSocket _executor;
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-rehearsal-").FullName;
    private readonly TaskCompletionSource<ExecutorPooled> _pooled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _isOver = new(); // not disposed: a rehearsal that was given up may still set it

    private Rehearsal() => (_agent, _executor) = ConnectPair();

    /// <summary>Plays it, on this thread's time.</summary>
    /// <param name="play">Runs the executor's part on the given socket until that ends.</param>
    /// <param name="beat">Called now and then while it lasts: the agent must not take the process for dead.</param>
    public static void Run(Action<ControlSocket> play, Action beat)
    {
        using var rehearsal = new Rehearsal();
        var executor = new Thread(() => play(rehearsal._executor)) { Name = "rowen-rehearsal", IsBackground = true };
        executor.Start();
        _ = Task.Run(rehearsal.PlayAsync);
        long startedAt = TimeProvider.System.GetTimestamp();
        while (!rehearsal._isOver.Wait(BeatPeriod) && TimeProvider.System.GetElapsedTime(startedAt) < Bound)
        {
            beat();
        }

        rehearsal._agent.Close();
        while (!executor.Join(BeatPeriod))
        {
            beat();
        }
    }

    public void Dispose()
    {
        _agent.Dispose();
        _executor.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static (ControlSocket Agent, ControlSocket Executor) ConnectPair()
    {
        var address = new UnixDomainSocketEndPoint("\0rowen-" + RandomNumberGenerator.GetHexString(32, lowercase: true));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen(backlog: 1);
        var executor = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        executor.Connect(address);
        return (new ControlSocket(listener.Accept(), TimeProvider.System), new ControlSocket(executor, TimeProvider.System));
    }

    private async Task PlayAsync()
    {
        try
        {
            await PlayLeaseAsync();
        }
        catch (Exception exception) when (exception is RowenException or IOException)
        {
            // A full disk, a machine under load: the real lease will say it, and has an owner to hear it.
        }

        _isOver.Set();
    }

    private async Task PlayLeaseAsync()
    {
        string own = typeof(Rehearsal).Assembly.Location;
        File.CreateSymbolicLink(Path.Combine(_folder, Path.GetFileName(own)), own);
        new Thread(() => _agent.Run(Hear)) { IsBackground = true }.Start();
        ExecutorAssignment assignment = CreateAssignment();
        _agent.Send((byte)ExecutorMessage.Assign, ControlMessage.Write(assignment));
        ExecutorPooled pooled = await _pooled.Task;
        var view = new LeaseView { Id = assignment.Lease };
        await using ExecutorSession owner = await ExecutorSession.OpenAsync(
            view, new ExecutorView(pooled.Addresses, assignment.Secret), provider: null, new UnreachedNodes(TimeProvider.System), TimeProvider.System, CancellationToken.None);
        PackageFunctions functions = await owner.LoadPackageAsync(Package, CancellationToken.None);
        foreach (FunctionDescription function in functions.Functions)
        {
            Call(owner, function.Index, new byte[sizeof(int)]);
        }

        if (Bind(owner) is { } lambda)
        {
            Call(owner, lambda.Index, new byte[sizeof(int)]);
        }

        var command = new CommandItem { Arguments = ["/bin/true"] }; // where there is none, what tells so is compiled
        Call(owner, CommandOrder.Function.Index, ControlMessage.Write(new CommandOrder(Index: 0, command)));

        _agent.Send((byte)ExecutorMessage.Renew, ControlMessage.Write(new ExecutorRenewal(assignment.EndsAtNs)));
        _agent.Send((byte)ExecutorMessage.End, ControlMessage.Write(new ExecutorEnding(0, ErrorCode.LeaseReleased, "the rehearsal is over")));
        _ = await owner.Ended;
    }

    private static ExecutorAssignment CreateAssignment() => new()
    {
        Lease = new LeaseId(ulong.MaxValue),
        NodeName = "rehearsal",
        Cores = [CpuAffinity.GetAllowed()[0]],
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        SlotCount = 1,
        SlotBytes = SlotBytes,
        HotWindowUs = 0,
        Secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SessionProof.SizeBytes)),
        EndsAtNs = MonotonicClock.NowNs + (long)TimeSpan.FromMinutes(1).TotalNanoseconds,
    };

    private void Hear(byte kind, ReadOnlySpan<byte> payload)
    {
        switch ((ExecutorMessage)kind)
        {
            case ExecutorMessage.Pooled when ControlMessage.TryRead(payload, out ExecutorPooled pooled):
                _pooled.TrySetResult(pooled);
                break;
            case ExecutorMessage.NeedPackage:
                _agent.Send((byte)ExecutorMessage.Package, ControlMessage.Write(new PackageAnswer(Package, _folder, Error: null)));
                break;
            default:
                break; // meters
        }
    }

    /// <summary>A lambda with something of what lambdas capture, so that the first one of a lease finds that code compiled.</summary>
    private static FunctionDescription? Bind(ExecutorSession owner)
    {
        int[] numbers = [1, 2];
        List<string> words = ["a"];
        var counts = new Dictionary<string, int> { ["a"] = 1 };
        (double Factor, string Name) pair = (0.5, "b");
        Func<int, int> lambda = item => item + numbers.Length + words.Count + counts.Count + (int)pair.Factor + pair.Name.Length;
        byte[] binding = CapturedLambda.Of(lambda).Bind(Package);
        PendingCall? call = binding.Length <= SlotBytes
            ? owner.StartOrNone(LambdaFunctions.Bind, binding, resultCapacity: 0)
            : null;
        if (call is null)
        {
            return null;
        }

        call.Lane.Await(call);
        var reply = new Reply(call);
        FunctionDescription? bound = reply.Error == ErrorCode.None && ControlMessage.TryRead(reply.Payload, out FunctionDescription description) ? description : null;
        reply.Release();
        return bound;
    }

    private static void Call(ExecutorSession owner, uint function, byte[] input)
    {
        PendingCall call = owner.StartOrNone(function, input, resultCapacity: 0)!;
        call.Lane.Await(call);
        call.Release();
    }
}
