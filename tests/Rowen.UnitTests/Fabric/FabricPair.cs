using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;

namespace Rowen.UnitTests.Fabric;

/// <summary>Two endpoints that one test thread polls, and the connection between them.</summary>
public sealed class FabricPair(FabricEndpoint near, FabricEndpoint far, FabricConnection nearEnd, FabricConnection farEnd) : IDisposable
{
    public const int NearTag = 11;
    public const int FarTag = 22;

    /// <summary>Polls of both sides until a completion is missed: seconds with sockets, more with any clock of a test.</summary>
    public const int MaxPolls = 5_000_000;

    /// <summary>From here on every thousandth poll lets others run: a library's own thread may have waited for this very core.</summary>
    private const int PatientPolls = 1_000_000;

    private readonly Completion[] _taken = new Completion[16];
    private readonly Queue<Completion> _atNear = new();
    private readonly Queue<Completion> _atFar = new();

    public FabricEndpoint Near => near;

    public FabricEndpoint Far => far;

    public FabricConnection NearEnd { get; } = Tagged(nearEnd, NearTag);

    public FabricConnection FarEnd { get; } = Tagged(farEnd, FarTag);

    public Completion TakeNear() => Take(_atNear);

    public Completion TakeFar() => Take(_atFar);

    /// <summary>Polls both ends until nothing more happens for a while.</summary>
    public void Settle(int quietPolls = 2000)
    {
        for (int quiet = 0; quiet < quietPolls; quiet++)
        {
            if (PollBoth() > 0)
            {
                quiet = 0;
            }
        }
    }

    public bool IsQuiet => _atNear.Count == 0 && _atFar.Count == 0;

    public int PollBoth() => Collect(near, _atNear) + Collect(far, _atFar);

    /// <summary>Memory of the far side that the near side may use.</summary>
    public (RegisteredMemory Memory, RemoteBlock Remote) ShareFar(ulong lengthBytes, MemoryAccess access)
    {
        RegisteredMemory memory = far.Register(lengthBytes, access);
        return (memory, FarEnd.Share(memory));
    }

    public void Dispose()
    {
        NearEnd.Dispose();
        FarEnd.Dispose();
        near.Dispose();
        far.Dispose();
    }

    private static FabricConnection Tagged(FabricConnection connection, int tag)
    {
        connection.Tag = tag;
        return connection;
    }

    private int Collect(FabricEndpoint endpoint, Queue<Completion> queue)
    {
        int count = endpoint.Poll(_taken);
        for (int i = 0; i < count; i++)
        {
            queue.Enqueue(_taken[i]);
        }

        return count;
    }

    private Completion Take(Queue<Completion> queue)
    {
        for (int polls = 0; polls < MaxPolls && queue.Count == 0; polls++)
        {
            PollBoth();
            if (polls > PatientPolls && polls % 1_000 == 0)
            {
                near.Wait(TimeSpan.FromMilliseconds(10));
            }
        }

        return queue.TryDequeue(out Completion completion)
            ? completion
            : throw new TimeoutException($"No completion came within {MaxPolls} polls.");
    }
}
