using System.Globalization;
using Rowen.Functions;
using Rowen.Lambdas;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen;

/// <summary>What to lease. Every value has a default that suits a first try.</summary>
public sealed record LeaseRequest
{
    /// <summary>How many cores, all on one node; each runs one function at a time.</summary>
    /// <value>1; from 1 to 4,096, or 0 for every core of the node that has most free ones.</value>
    public int Cores { get; init; } = 1;

    /// <summary>How much memory the executor may use, in bytes.</summary>
    /// <value>0: the node's share, its memory divided by its cores, times the leased cores.</value>
    public long MemoryBytes { get; init; }

    /// <summary>On how many nodes, for <see cref="RowenClient.LeaseNodesAsync"/>: each gives the cores and the memory above, and all are granted in one moment or none is.</summary>
    /// <value>1; to 256. Two executors on one node are one lease with twice the cores.</value>
    public int Nodes { get; init; } = 1;

    /// <summary>How few of <see cref="Nodes"/> are enough, if there are no more in that moment.</summary>
    /// <value>0: no fewer than all.</value>
    public int AtLeast { get; init; }

    /// <summary>How long the lease outlives this program, or a manager that is away.</summary>
    /// <value>60 seconds; from 1 second to 24 hours. The manager may cut it. It is renewed by itself.</value>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long idle cores keep polling for the next invocation before they sleep.</summary>
    /// <value>100 µs; zero never polls, <see cref="Timeout.InfiniteTimeSpan"/> always does. At most an hour otherwise.</value>
    public TimeSpan HotWindow { get; init; } = TimeSpan.FromMicroseconds(100);

    /// <summary>How many invocations can be under way on each core.</summary>
    /// <value>4; from 1 to 32.</value>
    public int SlotCount { get; init; } = 4;

    /// <summary>Bytes of input or result that travel at once; larger ones go by rendezvous.</summary>
    /// <value>65,536; from 64 to 1 GiB, a multiple of 64.</value>
    public int SlotBytes { get; init; } = 65_536;

    /// <summary>The functions to load; null: none yet.</summary>
    public CodePackage? Code { get; init; }

    /// <summary>The fabric provider: <c>shm</c>, <c>tcp</c>, or <c>ofi</c> (libfabric, on both ends).</summary>
    /// <value>Null: the fastest that both ends share.</value>
    public string? Provider { get; init; }

    /// <summary>What bounds the speed of the functions that will run: on nodes that batch jobs lend beside their own work, they are not placed where the two would hurt each other.</summary>
    public BoundBy Bound { get; init; }

    /// <summary>Whether to wait when the cluster is full.</summary>
    public WhenFull WhenFull { get; init; } = WhenFull.Wait;

    /// <summary>How long to wait when the cluster is full.</summary>
    /// <value>10 minutes; from 1 ms to 30 days.</value>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Hears where the request stands, and the reason for waiting, at each change.</summary>
    public IProgress<LeaseProgress>? Progress { get; init; }

    /// <summary>How many cores such leases could use in all: a hint for who harvests them.</summary>
    internal int UsefulCores { get; init; }

    /// <summary>How long the node must be there still: what runs may take so long.</summary>
    internal TimeSpan Lasts { get; init; }

    /// <summary>Cores, or memory alone: see <see cref="MemoryRequest"/>.</summary>
    internal LeaseKind Kind { get; init; }

    /// <summary>A lambda that the executor is to know before anybody has the lease.</summary>
    internal CapturedLambda? Lambda { get; init; }

    /// <summary>Nodes on which it must not lie.</summary>
    internal IReadOnlyList<NodeId> NotOn { get; init; } = [];

    /// <summary>The fewest nodes that it is content with.</summary>
    internal int MinNodes => AtLeast == 0 ? Nodes : AtLeast;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range; the message names both.</exception>
    internal void Check()
    {
        const int alignment = 64; // payloads begin at cache lines
        Require(Cores is >= 0 and <= 4_096, nameof(Cores), Cores, "0 to 4096");
        Require(MemoryBytes >= 0, nameof(MemoryBytes), MemoryBytes, "0 or more");
        Require(Nodes is >= 1 and <= 256, nameof(Nodes), Nodes, "1 to 256");
        Require(
            AtLeast >= 0 && AtLeast <= Nodes, nameof(AtLeast), AtLeast, string.Create(CultureInfo.InvariantCulture, $"0 to LeaseRequest.Nodes, which is {Nodes}"));
        Require(Duration >= TimeSpan.FromSeconds(1) && Duration <= TimeSpan.FromDays(1), nameof(Duration), Duration, "1 second to 24 hours");
        Require(
            HotWindow == Timeout.InfiniteTimeSpan || (HotWindow >= TimeSpan.Zero && HotWindow <= TimeSpan.FromHours(1)),
            nameof(HotWindow),
            HotWindow,
            "zero to 1 hour, or Timeout.InfiniteTimeSpan");
        Require(SlotCount is >= 1 and <= 32, nameof(SlotCount), SlotCount, "1 to 32");
        Require(
            SlotBytes is >= alignment and <= 1 << 30 && SlotBytes % alignment == 0, nameof(SlotBytes), SlotBytes, "64 to 1 GiB, a multiple of 64");
        Require(
            MaxWait >= TimeSpan.FromMilliseconds(1) && MaxWait <= TimeSpan.FromDays(30), nameof(MaxWait), MaxWait, "1 ms to 30 days");
    }

    /// <summary>Checks every value of what is to be a lease of its own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range; the message names both.</exception>
    internal void CheckSingle()
    {
        Check();
        Require(Nodes == 1, nameof(Nodes), Nodes, "1 here: leases of several nodes are taken by RowenClient.LeaseNodesAsync");
    }

    private static void Require<T>(bool isRight, string name, T value, string range)
    {
        if (!isRight)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"LeaseRequest.{name} is {value}; it must be {range}.");
            throw new ArgumentOutOfRangeException(name, value, text);
        }
    }
}
