using System.Globalization;
using Rowen.Functions;
using Rowen.Protocol.Leases;

namespace Rowen;

/// <summary>How a job runs. Every value has a default that suits a first try.</summary>
public sealed record JobOptions
{
    /// <summary>What people see in <c>rowen jobs</c>.</summary>
    /// <value>Empty: the function's name. At most 200 letters.</value>
    public string Name { get; init; } = string.Empty;

    /// <summary>How many cores to lease.</summary>
    /// <value>0: every free core, but no more than items. At least one is waited for.</value>
    public int Cores { get; init; }

    /// <summary>How much memory the functions on each lease may use, in bytes.</summary>
    /// <value>0: the node's share for the leased cores.</value>
    public long MemoryBytes { get; init; }

    /// <summary>How long one item may take, from its start.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to 49 days.</value>
    public TimeSpan Deadline { get; init; }

    /// <summary>How long the job may go without a lease: then it stops, says what was in the way, and can be resumed.</summary>
    /// <value>1 hour; from 1 ms to 30 days.</value>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the job may take, from the beginning of its process: then what runs is ended, and the job has stopped and can be resumed, with all of this time again.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to 49 days.</value>
    public TimeSpan Timeout { get; init; }

    /// <summary>How often an item is run again after it threw an exception.</summary>
    /// <value>0; to 1,000.</value>
    public int MaxExceptionRetries { get; init; }

    /// <summary>How many executors may die with an item before it is failed: see <see cref="MapOptions.MaxExecutorDeaths"/>.</summary>
    /// <value>3; from 1 to 1,000.</value>
    public int MaxExecutorDeaths { get; init; } = 3;

    /// <summary>Up to how much memory leases are asked for when items run out of theirs: see <see cref="MapOptions.MaxMemoryBytes"/>.</summary>
    /// <value>0: four times what the first lease had.</value>
    public long MaxMemoryBytes { get; init; }

    /// <summary>When items that take much longer than the others are run a second time: see <see cref="MapOptions.StragglerFactor"/>.</summary>
    /// <value>0: never. Otherwise from 1.5 to 1,000.</value>
    public double StragglerFactor { get; init; }

    /// <summary>What bounds the speed of the items: what would slow each other down, functions and the batch job beside which they would run, is kept apart.</summary>
    /// <value><see cref="BoundBy.Unknown"/>: nobody has said.</value>
    public BoundBy Bound { get; init; }

    /// <summary>The functions; null: the folder of the function's own assembly. They are copied.</summary>
    public CodePackage? Code { get; init; }

    /// <summary>The folder for jobs.</summary>
    /// <value>Null: <c>ROWEN_JOBS</c>, else <c>~/.rowen/jobs</c>.</value>
    public string? JobsFolder { get; init; }

    /// <summary>The <c>rowen</c> command, or its folder.</summary>
    /// <value>Null: beside this program, else on the <c>PATH</c>.</value>
    public string? RowenPath { get; init; }

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        Require(Name.Length <= 200, nameof(Name), Name, "at most 200 letters");
        Require(Cores is >= 0 and <= 1_000_000, nameof(Cores), Cores, "0 to 1,000,000");
        Require(MemoryBytes >= 0, nameof(MemoryBytes), MemoryBytes, "0 or more");
        Require(
            Deadline == default || (Deadline >= TimeSpan.FromMilliseconds(1) && Deadline <= TimeSpan.FromDays(49)),
            nameof(Deadline),
            Deadline,
            "zero, or 1 ms to 49 days");
        Require(MaxWait >= TimeSpan.FromMilliseconds(1) && MaxWait <= TimeSpan.FromDays(30), nameof(MaxWait), MaxWait, "1 ms to 30 days");
        Require(
            Timeout == default || (Timeout >= TimeSpan.FromMilliseconds(1) && Timeout <= TimeSpan.FromDays(49)), nameof(Timeout), Timeout, "zero, or 1 ms to 49 days");
        Require(MaxExceptionRetries is >= 0 and <= 1_000, nameof(MaxExceptionRetries), MaxExceptionRetries, "0 to 1000");
        Require(MaxExecutorDeaths is >= 1 and <= 1_000, nameof(MaxExecutorDeaths), MaxExecutorDeaths, "1 to 1000");
        Require(MaxMemoryBytes >= 0, nameof(MaxMemoryBytes), MaxMemoryBytes, "0 or more");
        Require(Enum.IsDefined(Bound), nameof(Bound), Bound, "Unknown, Compute, Memory or Network");
        Require(StragglerFactor is 0 or (>= 1.5 and <= 1_000), nameof(StragglerFactor), StragglerFactor, "0, or 1.5 to 1000");
    }

    /// <summary>What a map would be told that is to run so.</summary>
    internal MapOptions ToMapOptions() => new()
    {
        Lease = new LeaseRequest { MaxWait = MaxWait, Bound = Bound },
        Timeout = Timeout,
        MaxExceptionRetries = MaxExceptionRetries,
        MaxExecutorDeaths = MaxExecutorDeaths,
        MaxMemoryBytes = MaxMemoryBytes,
        StragglerFactor = StragglerFactor,
    };

    private static void Require<T>(bool isRight, string name, T value, string range)
    {
        if (!isRight)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"JobOptions.{name} is {value}; it must be {range}.");
            throw new ArgumentOutOfRangeException(name, value, text);
        }
    }
}
