using System.Globalization;
using Rowen.Functions;

namespace Rowen;

/// <summary>How a map runs.</summary>
public sealed record MapOptions
{
    /// <summary>How many cores to lease for the map. Means nothing where leases are given.</summary>
    /// <value>0: every free core, but no more than items. At least one is waited for.</value>
    public int Cores { get; init; }

    /// <summary>What the map's leases are like: memory, slots, hot window, provider. Its cores and progress are not used.</summary>
    public LeaseRequest Lease { get; init; } = new();

    /// <summary>The functions; null: the folder of the function's own assembly.</summary>
    public CodePackage? Code { get; init; }

    /// <summary>What a failed item does to the map.</summary>
    public MapErrors Errors { get; init; } = MapErrors.Stop;

    /// <summary>How long one item may take, from its start.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to 49 days.</value>
    public TimeSpan Deadline { get; init; }

    /// <summary>Hears how far the map is, each <see cref="ProgressPeriod"/> and at the end.</summary>
    public IProgress<MapProgress>? Progress { get; init; }

    /// <summary>How often progress is told.</summary>
    /// <value>200 ms; from 10 ms to 1 hour.</value>
    public TimeSpan ProgressPeriod { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many times lost leases are replaced before the map gives up.</summary>
    /// <value>16; from 0 to 1,000. Means nothing where leases are given.</value>
    public int MaxLostLeases { get; init; } = 16;

    /// <summary>Cores of the lease that one item takes: only every so many lanes get items.</summary>
    internal int CoresPerItem { get; init; } = 1;

    /// <summary>Memory of the lease for each item under way; 0: the lease's default.</summary>
    internal long MemoryBytesPerItem { get; init; }

    /// <summary>Hears of each lease that takes part, before its first item: the lease, and the number of its first lane.</summary>
    internal Action<Lease, int>? LeaseJoined { get; init; }

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        Lease.Check();
        Require(Cores is >= 0 and <= 1_000_000, nameof(Cores), Cores, "0 to 1,000,000");
        Require(
            Deadline == default || (Deadline >= TimeSpan.FromMilliseconds(1) && Deadline <= TimeSpan.FromDays(49)),
            nameof(Deadline),
            Deadline,
            "zero, or 1 ms to 49 days");
        Require(
            ProgressPeriod >= TimeSpan.FromMilliseconds(10) && ProgressPeriod <= TimeSpan.FromHours(1),
            nameof(ProgressPeriod),
            ProgressPeriod,
            "10 ms to 1 hour");
        Require(MaxLostLeases is >= 0 and <= 1_000, nameof(MaxLostLeases), MaxLostLeases, "0 to 1000");
    }

    private static void Require<T>(bool isRight, string name, T value, string range)
    {
        if (!isRight)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"MapOptions.{name} is {value}; it must be {range}.");
            throw new ArgumentOutOfRangeException(name, value, text);
        }
    }
}
