using System.Globalization;
using Rowen.Commands;
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

    /// <summary>How long to wait for a lease while there is none.</summary>
    /// <value>10 minutes; from 1 ms to 30 days.</value>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the whole run may take; what runs then is ended. See <see cref="MapOptions.Timeout"/>.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to 49 days.</value>
    public TimeSpan Timeout { get; init; }

    /// <summary>
    /// How often a command is run again that has failed: that exited with another code than 0, was ended by a signal, or has not written a file that it should. Not one whose
    /// time was over, nor one that could not be started.
    /// </summary>
    /// <value>0; to 1,000. Such attempts count as <see cref="RetryCounts.Exceptions"/>.</value>
    public int MaxRetries { get; init; }

    /// <summary>How many executors may die with a command before it is failed: see <see cref="MapOptions.MaxExecutorDeaths"/>.</summary>
    /// <value>3; from 1 to 1,000.</value>
    public int MaxExecutorDeaths { get; init; } = 3;

    /// <summary>Up to how much memory leases are asked for when commands run out of theirs: see <see cref="MapOptions.MaxMemoryBytes"/>.</summary>
    /// <value>0: four times what the first lease had.</value>
    public long MaxMemoryBytes { get; init; }

    /// <summary>When commands that take much longer than the others are run a second time: see <see cref="MapOptions.StragglerFactor"/>. Both attempts may write the same files.</summary>
    /// <value>0: never. Otherwise from 1.5 to 1,000.</value>
    public double StragglerFactor { get; init; }

    /// <summary>What a failed command does to the others.</summary>
    public MapErrors Errors { get; init; } = MapErrors.Stop;

    /// <summary>Hears how far the run is, several times a second and at the end. Failed ones count as <see cref="MapProgress.Failed"/>.</summary>
    public IProgress<MapProgress>? Progress { get; init; }

    /// <summary>How often progress is told.</summary>
    /// <value>200 ms; from 10 ms to 1 hour.</value>
    public TimeSpan ProgressPeriod { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Shows what commands print while they run.</summary>
    internal LiveOutput? Live { get; init; }

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        Require(MaxRunning is >= 0 and <= 1_000_000, nameof(MaxRunning), MaxRunning, "0 to 1,000,000");
        Require(MemoryBytes >= 0, nameof(MemoryBytes), MemoryBytes, "0 or more");
        Require(Cores is >= 1 and <= 4_096, nameof(Cores), Cores, "1 to 4,096");
        Require(MaxWait >= TimeSpan.FromMilliseconds(1) && MaxWait <= TimeSpan.FromDays(30), nameof(MaxWait), MaxWait, "1 ms to 30 days");
        Require(
            Timeout == default || (Timeout >= TimeSpan.FromMilliseconds(1) && Timeout <= TimeSpan.FromDays(49)), nameof(Timeout), Timeout, "zero, or 1 ms to 49 days");
        Require(MaxRetries is >= 0 and <= 1_000, nameof(MaxRetries), MaxRetries, "0 to 1000");
        Require(MaxExecutorDeaths is >= 1 and <= 1_000, nameof(MaxExecutorDeaths), MaxExecutorDeaths, "1 to 1000");
        Require(MaxMemoryBytes >= 0, nameof(MaxMemoryBytes), MaxMemoryBytes, "0 or more");
        Require(StragglerFactor is 0 or (>= 1.5 and <= 1_000), nameof(StragglerFactor), StragglerFactor, "0, or 1.5 to 1000");
    }

    private static void Require<T>(bool isRight, string name, T value, string range)
    {
        if (!isRight)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"CommandOptions.{name} is {value}; it must be {range}.");
            throw new ArgumentOutOfRangeException(name, value, text);
        }
    }
}
