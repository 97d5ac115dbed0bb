using System.Globalization;
using Rowen.Functions;
using Rowen.Maps;

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

    /// <summary>
    /// How long one item is expected to take at most. Leases are asked for that outlast an item that has just begun even if the resource manager goes away; one that is
    /// not renewed, and ends sooner, is begun nothing on. It ends no item: <see cref="Deadline"/> does.
    /// </summary>
    /// <value>Zero: nothing is known. To 366 days; what the manager grants has a limit of its own, an hour by default.</value>
    public TimeSpan TimeRequest { get; init; }

    /// <summary>Whether results that are streamed come in the order of their items. A slow item then holds back those after it, and at most a few thousand are begun after it.</summary>
    public bool InOrder { get; init; }

    /// <summary>Hears how far the map is, each <see cref="ProgressPeriod"/> and at the end.</summary>
    public IProgress<MapProgress>? Progress { get; init; }

    /// <summary>How often progress is told.</summary>
    /// <value>200 ms; from 10 ms to 1 hour.</value>
    public TimeSpan ProgressPeriod { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many leases whose executor died are replaced before the map gives up. Those that were taken back do not count.</summary>
    /// <value>1,000; from 0 to 100,000. Means nothing where leases are given.</value>
    public int MaxLostLeases { get; init; } = 1_000;

    /// <summary>How often an item is run again after it threw an exception.</summary>
    /// <value>0; to 1,000.</value>
    public int MaxExceptionRetries { get; init; }

    /// <summary>How many executors may die with an item before it is failed: the last one with nothing else running on its lease.</summary>
    /// <value>3; from 1 (then whatever was under way is to blame) to 1,000.</value>
    public int MaxExecutorDeaths { get; init; } = 3;

    /// <summary>Up to how much memory leases are asked for when items run out of theirs: each time twice as much. In bytes.</summary>
    /// <value>0: four times what the first lease had. Where leases are given, only they are used.</value>
    public long MaxMemoryBytes { get; init; }

    /// <summary>How long the whole map may take. What waits for a lease is bound by <see cref="LeaseRequest.MaxWait"/>, what runs by <see cref="Deadline"/>.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to 49 days. Of a detached map: from the beginning of each of its processes on, a resumed one has all of it again.</value>
    public TimeSpan Timeout { get; init; }

    /// <summary>
    /// When a map ends before its items: how long those under way have to stop by themselves, which
    /// <see cref="Functions.Stopping"/> tells them, before their leases are released and their executors ended.
    /// </summary>
    /// <value>1 second; from 0 to 1 hour. Where leases are given, what is under way goes on.</value>
    public TimeSpan StopTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// When nothing is left to begin, items that have been running so many times longer than the median are run a second
    /// time on idle lanes. The first result counts; the function must bear to run twice.
    /// </summary>
    /// <value>0: never. Otherwise from 1.5 to 1,000.</value>
    public double StragglerFactor { get; init; }

    /// <summary>How long a lease of the map may have nothing to do, with nothing waiting, before it is given back.</summary>
    /// <value>1 second; from 0 to 1 hour. Means nothing where leases are given.</value>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A store for results that are large: the executor puts them there, a map over the results (<see cref="MapFuture{TOut}.Then{TNext}(Func{TOut, TNext}, MapOptions)"/>) and reductions read
    /// them where they run, and this program when they are looked at. For functions that are given as such, not by name.
    /// </summary>
    /// <value>Null: results travel with their invocations, and touch no store.</value>
    public ResultStore? ResultsIn { get; init; }

    /// <summary>
    /// The map runs as a job: in a process of its own, which goes on when this program ends, is killed or loses its terminal. This program waits for it, and has
    /// the results, in the order of the items, when it is done; `rowen jobs` lists it, and <see cref="Job.Find"/> reads it from anywhere.
    /// </summary>
    /// <value>
    /// Null: this program runs the map. Otherwise what the job is called and where its files are, and nothing else: how it runs is said here, for the map. Whoever stops
    /// waiting does not stop the job. For maps that take their own leases; not for reductions, nor for maps over results.
    /// </value>
    public JobOptions? Detach { get; init; }

    /// <summary>When the next item is sent before the last one is done.</summary>
    internal DepthLimits Depth { get; init; } = DepthLimits.OfFunctions;

    /// <summary>Begins nothing more when it is cancelled, and ends when what is under way has its results.</summary>
    internal CancellationToken Draining { get; init; }

    /// <summary>Whether an item's answer says that it came to nothing, as a command's does that exits with another code than 0: it is run again as one that threw.</summary>
    internal AnswerTest? IsFailure { get; init; }

    /// <summary>Hears of the job that <see cref="Detach"/> made.</summary>
    internal TaskCompletionSource<Job>? Submitted { get; init; }

    /// <summary>Where the map takes its first leases from, and leaves those that it has in the end; null: the cluster.</summary>
    internal KeptLeases? Kept { get; init; }

    /// <summary>Cores of the lease that one item takes: only every so many lanes get items.</summary>
    internal int CoresPerItem { get; init; } = 1;

    /// <summary>Of one lease, and so of one executor's process: for functions that do not run beside each other there. 0: all that a node has free.</summary>
    internal int MaxCoresPerLease { get; init; }

    /// <summary>Memory of the lease for each item under way; 0: the lease's default.</summary>
    internal long MemoryBytesPerItem { get; init; }

    /// <summary>Hears of each lease that takes part, before its first item: the lease, and the number of its first lane.</summary>
    internal Action<Lease, int>? LeaseJoined { get; init; }

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        Lease.CheckSingle();
        ResultsIn?.Check();
        CheckDetach();
        Require(Cores is >= 0 and <= 1_000_000, nameof(Cores), Cores, "0 to 1,000,000");
        Require(
            Deadline == default || (Deadline >= TimeSpan.FromMilliseconds(1) && Deadline <= TimeSpan.FromDays(49)),
            nameof(Deadline),
            Deadline,
            "zero, or 1 ms to 49 days");
        Require(TimeRequest >= TimeSpan.Zero && TimeRequest <= TimeSpan.FromDays(366), nameof(TimeRequest), TimeRequest, "zero to 366 days");
        Require(
            ProgressPeriod >= TimeSpan.FromMilliseconds(10) && ProgressPeriod <= TimeSpan.FromHours(1),
            nameof(ProgressPeriod),
            ProgressPeriod,
            "10 ms to 1 hour");
        Require(MaxLostLeases is >= 0 and <= 100_000, nameof(MaxLostLeases), MaxLostLeases, "0 to 100000");
        Require(MaxExceptionRetries is >= 0 and <= 1_000, nameof(MaxExceptionRetries), MaxExceptionRetries, "0 to 1000");
        Require(MaxExecutorDeaths is >= 1 and <= 1_000, nameof(MaxExecutorDeaths), MaxExecutorDeaths, "1 to 1000");
        Require(MaxMemoryBytes >= 0, nameof(MaxMemoryBytes), MaxMemoryBytes, "0 or more");
        Require(
            Timeout == default || (Timeout >= TimeSpan.FromMilliseconds(1) && Timeout <= TimeSpan.FromDays(49)),
            nameof(Timeout),
            Timeout,
            "zero, or 1 ms to 49 days");
        Require(StragglerFactor is 0 or (>= 1.5 and <= 1_000), nameof(StragglerFactor), StragglerFactor, "0, or 1.5 to 1000");
        Require(StopTime >= TimeSpan.Zero && StopTime <= TimeSpan.FromHours(1), nameof(StopTime), StopTime, "zero to 1 hour");
        Require(IdleTime >= TimeSpan.Zero && IdleTime <= TimeSpan.FromHours(1), nameof(IdleTime), IdleTime, "zero to 1 hour");
    }

    private void CheckDetach()
    {
        if (Detach is null)
        {
            return;
        }

        Detach.Check();
        if (Detach with { Name = string.Empty, JobsFolder = null, RowenPath = null } != new JobOptions())
        {
            throw new ArgumentException(
                "MapOptions.Detach says what the job is called and where its files are, and nothing else: cores, memory, code, retries and time-outs of a detached map are said in MapOptions.");
        }

        if (ResultsIn is not null)
        {
            throw new ArgumentException(
                "MapOptions.ResultsIn cannot go with MapOptions.Detach: results of a job lie with the job, and are removed with it. Let the function put large ones into a store by itself, and return their names.");
        }
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
