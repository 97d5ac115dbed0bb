using System.Globalization;
using Rowen.ObjectStorage;
using Rowen.Protocol.Leases;

namespace Rowen;

/// <summary>What memory to lease.</summary>
public sealed record MemoryRequest
{
    /// <summary>Pages in which blocks are counted; a region of some bytes costs a page more for each node.</summary>
    private const long SlackBytes = 256 * MemoryLending.PageBytes;

    /// <summary>How much can be allocated in all, in bytes. The nodes give somewhat more: the processes that serve it need some.</summary>
    /// <value>From 1 byte to 1 PiB; each region costs one page of 4,096 bytes on top on each node.</value>
    public required long LengthBytes { get; init; }

    /// <summary>Over how many nodes regions are striped.</summary>
    /// <value>1; from 1 to 32.</value>
    public int NodeCount { get; init; } = 1;

    /// <summary>How many copies of each byte there are, each on a node of its own.</summary>
    /// <value>1; or 2: what is written takes twice the memory and survives the loss of one node.</value>
    public int CopyCount { get; init; } = 1;

    /// <summary>Bytes that lie together on one node before the next one follows.</summary>
    /// <value>1 MiB; from 4,096 to 1 GiB, a multiple of 4,096.</value>
    public int StripeBytes { get; init; } = 1 << 20;

    /// <summary>How long the leases outlive this program, or a manager that is away.</summary>
    /// <value>60 seconds; from 1 second to 24 hours. The manager may cut it. They are renewed by themselves.</value>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The fabric provider: <c>shm</c>, <c>tcp</c>, or <c>ofi</c> (libfabric, on both ends).</summary>
    /// <value>Null: the fastest that both ends share.</value>
    public string? Provider { get; init; }

    /// <summary>Whether to wait when the cluster is full.</summary>
    public WhenFull WhenFull { get; init; } = WhenFull.Wait;

    /// <summary>How long to wait when the cluster is full.</summary>
    /// <value>10 minutes; from 1 ms to 30 days.</value>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Keeps the contents of named regions when memory is taken back with a grace: each becomes an object of its name.</summary>
    /// <value>Null: nothing is kept. Written to within the grace; memory that is lost without one is not kept.</value>
    public IObjectStore? SpillTo { get; init; }

    /// <summary>Called when a lease is taken back with a grace, on a thread of the pool; meanwhile its memory can be read.</summary>
    /// <value>Null: nobody wants to know. The lease is given back when the task ends, and what is kept is kept.</value>
    public Func<MemoryRevocation, CancellationToken, Task>? Revoked { get; init; }

    /// <summary>Hears where each request stands, and the reason for waiting, at each change.</summary>
    public IProgress<LeaseProgress>? Progress { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range; the message names both.</exception>
    internal void Check()
    {
        Require(LengthBytes is >= 1 and <= 1L << 50, nameof(LengthBytes), LengthBytes, "1 to 2^50");
        Require(NodeCount is >= 1 and <= 32, nameof(NodeCount), NodeCount, "1 to 32");
        Require(CopyCount is 1 or 2, nameof(CopyCount), CopyCount, "1 or 2");
        Require(
            StripeBytes is >= 4096 and <= 1 << 30 && StripeBytes % MemoryLending.PageBytes == 0,
            nameof(StripeBytes),
            StripeBytes,
            "4096 to 1 GiB, a multiple of 4096");
        ToLeaseRequest().Check();
    }

    /// <summary>The leases of all nodes. They are asked for as one: two programs that want the same nodes would keep them from each other.</summary>
    internal LeaseRequest ToLeaseRequest() => ToLeaseRequest([]) with { Nodes = NodeCount * CopyCount };

    /// <summary>The lease of one more node.</summary>
    internal LeaseRequest ToLeaseRequest(IReadOnlyList<Lease> others)
    {
        long share = ((LengthBytes - 1) / NodeCount) + 1;
        long unevenness = NodeCount == 1 ? 0 : StripeBytes;
        return new LeaseRequest
        {
            Kind = LeaseKind.Memory,
            Cores = 0,
            MemoryBytes = MemoryLending.CostOf(share + unevenness) + SlackBytes + MemoryLending.OverheadBytes,
            NotOn = [.. others.Select(lease => lease.View.Node)],
            Duration = Duration,
            Provider = Provider,
            WhenFull = WhenFull,
            MaxWait = MaxWait,
            Progress = Progress,
        };
    }

    private static void Require<T>(bool isRight, string name, T value, string range)
    {
        if (!isRight)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"MemoryRequest.{name} is {value}; it must be {range}.");
            throw new ArgumentOutOfRangeException(name, value, text);
        }
    }
}
