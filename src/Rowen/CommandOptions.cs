using System.Globalization;
using Rowen.Protocol.Leases;

namespace Rowen;

/// <summary>How a run of commands is spread over the cluster.</summary>
public sealed record CommandOptions
{
    /// <summary>How many commands run at the same time at most.</summary>
    /// <value>0: as many as the cluster has free cores for, but no more than items.</value>
    public int MaxRunning { get; init; }

    /// <summary>Memory of each command, in bytes; one that exceeds it is ended, with the others of its lease.</summary>
    /// <value>0: its cores' share of the node.</value>
    public long MemoryBytes { get; init; }

    /// <summary>Cores of each command, on one node. Items that say otherwise are refused.</summary>
    /// <value>1; from 1 to 4,096.</value>
    public int Cores { get; init; } = 1;

    /// <summary>How long a command is expected to take at most: see <see cref="MapOptions.TimeRequest"/>. What ends one is <see cref="CommandItem.TimeLimit"/>.</summary>
    /// <value>Zero: nothing is known. To 366 days.</value>
    public TimeSpan TimeRequest { get; init; }

    /// <summary>What bounds the speed of the commands: see <see cref="LeaseRequest.Bound"/>.</summary>
    public BoundBy Bound { get; init; }

    /// <summary>What a failed command does to the others.</summary>
    public MapErrors Errors { get; init; } = MapErrors.Stop;

    /// <summary>Hears how far the run is, several times a second and at the end. Failed ones count as <see cref="MapProgress.Failed"/>.</summary>
    public IProgress<MapProgress>? Progress { get; init; }

    /// <summary>How often progress is told.</summary>
    /// <value>200 ms; from 10 ms to 1 hour.</value>
    public TimeSpan ProgressPeriod { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        Require(MaxRunning is >= 0 and <= 1_000_000, nameof(MaxRunning), MaxRunning, "0 to 1,000,000");
        Require(MemoryBytes >= 0, nameof(MemoryBytes), MemoryBytes, "0 or more");
        Require(Cores is >= 1 and <= 4_096, nameof(Cores), Cores, "1 to 4,096");
    }

    private static void Require(bool isRight, string name, long value, string range)
    {
        if (!isRight)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"CommandOptions.{name} is {value}; it must be {range}.");
            throw new ArgumentOutOfRangeException(name, value, text);
        }
    }
}
