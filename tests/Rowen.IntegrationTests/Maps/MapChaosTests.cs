using System.Diagnostics;
using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Executors, agents, managers and callers that are really killed in the middle of maps: every item has exactly one result.</summary>
/// <remarks>A caller whose map outlives it is the process of a job; what it had written down is never run again.</remarks>
public sealed class MapChaosTests : IDisposable
{
    private const int ItemCount = 100_000;

    /// <summary>While the manager is away, what is released ends after so long.</summary>
    private static readonly LeaseRequest Lease = new() { Duration = TimeSpan.FromSeconds(2) };

    /// <summary>Half of what leases last: the map never stands still for want of a manager.</summary>
    private static readonly TimeSpan LongestAbsence = Lease.Duration / 2;

    /// <summary>Items that a map does without a manager, before there is one again.</summary>
    private const int ItemsWithoutManager = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly int[] _items = [.. Enumerable.Range(0, ItemCount)];
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-chaos-").FullName;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Twenty rounds, five for each; <c>ROWEN_CHAOS_ROUNDS</c> asks for more, <c>ROWEN_CHAOS_SEED</c> for others.</summary>
    [Fact(Timeout = 1_200_000)]
    public async Task Every_item_has_exactly_one_result_whoever_dies()
    {
        int rounds = Setting("ROWEN_CHAOS_ROUNDS", 20);
        int seed = Setting("ROWEN_CHAOS_SEED", Environment.TickCount);
        var random = new Random(seed);
        Victim[] victims = [.. Enumerable.Range(0, rounds).Select(round => (Victim)(round % Enum.GetValues<Victim>().Length))];
        random.Shuffle(victims);
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        long again = 0;
        for (int round = 0; round < rounds; round++)
        {
            string what = $"round {round} of ROWEN_CHAOS_SEED={seed}: {victims[round]}";
            TestContext.Current.SendDiagnosticMessage(what);
            if (victims[round] == Victim.Caller)
            {
                await KillCallerAsync(client, random, Path.Combine(_folder, $"{round}"), what);
                continue;
            }

            long retries = await KillPartAsync(client, cluster, victims[round], random.Next(ItemCount), what);
            again += victims[round] == Victim.Manager ? 0 : retries;
        }

        Assert.True(again > 0 || !victims.Any(victim => victim is Victim.Executors or Victim.Agent), $"ROWEN_CHAOS_SEED={seed}: nothing was under way whenever somebody was killed");
    }

    /// <summary>A map of this process, in whose middle some part of the cluster is killed.</summary>
    /// <returns>Attempts that were made again.</returns>
    private async Task<long> KillPartAsync(RowenClient client, TestCluster cluster, Victim victim, int killAt, string what)
    {
        MapProgress? last = null;
        MapOptions options = new() { Code = TestPackage.Code, Lease = Lease, Progress = new Told(each => last = each) };
        int[] resultCounts = new int[ItemCount];
        int seen = 0;
        Task restart = Task.CompletedTask;
        await foreach (MapResult<int> result in client.MapAsCompletedAsync(_items, Moody.TwiceWithEffort, options, Bound))
        {
            Assert.Equal(2 * result.Index, result.Value);
            resultCounts[result.Index]++;
            if (seen++ == killAt)
            {
                Kill(cluster, victim);
                restart = victim == Victim.Manager ? RestartManagerAsync(cluster, () => Volatile.Read(ref seen) >= Math.Min(killAt + ItemsWithoutManager, ItemCount)) : restart;
            }
        }

        await restart;
        Assert.True(Array.TrueForAll(resultCounts, count => count == 1), $"{what} killed after {killAt} results; {last}");
        return last!.Retries.Total;
    }

    /// <summary>Starts a manager again when the map has gone on without one.</summary>
    private static async Task RestartManagerAsync(TestCluster cluster, Func<bool> hasGoneOn)
    {
        long since = Stopwatch.GetTimestamp();
        while (!hasGoneOn() && Stopwatch.GetElapsedTime(since) < LongestAbsence)
        {
            await Task.Delay(1, Bound);
        }

        cluster.StartManager();
    }

    /// <summary>A job, whose process is killed and which is resumed.</summary>
    private async Task KillCallerAsync(RowenClient client, Random random, string folder, string what)
    {
        string trace = Path.Combine(Directory.CreateDirectory(folder).FullName, "ran");
        var options = new JobOptions { Code = TestPackage.Code, JobsFolder = Path.Combine(folder, "jobs") };
        Job job = await client.SubmitAsync(_items.Select(item => $"{trace}|{item}"), Witnesses.RecordFast, options, Bound);
        int killAt = random.Next(ItemCount * 9 / 10);
        await Until.TrueAsync(() => CountBytes(trace) > 6L * killAt && job.ReadStatus().ProcessId > 0, Patience, $"{what}: {killAt} items have run", pauseMs: 1);
        if (job.ReadStatus().ProcessId is > 0 and int process) // else it is done already
        {
            ProcessControl.Kill(process, ProcessSignal.Kill);
        }

        await Until.TrueAsync(() => job.ReadStatus().State is JobState.Interrupted or JobState.Done, Patience, $"{what}: its death is seen");
        Dictionary<long, int> doneBefore = await ReadDoneAsync(job, what);
        int[] ranBefore = CountRuns(trace);

        if (job.ReadStatus().State != JobState.Done)
        {
            await job.ResumeAsync(Bound);
        }

        JobStatus end = await job.WaitAsync(cancellationToken: Bound);

        int[] ran = CountRuns(trace);
        Assert.True((end.State, end.Done, end.Failed) == (JobState.Done, ItemCount, 0), $"{what}: {end}");
        Assert.Equal(ItemCount, (await ReadDoneAsync(job, what)).Count);
        Assert.True(doneBefore.Keys.All(item => ran[item] == ranBefore[item]), $"{what}: an item that was done ran again");
        Assert.True(Array.TrueForAll(ran, count => count >= 1), what);
    }

    /// <summary>The items whose results can be read now, each of which may be there once.</summary>
    private static async Task<Dictionary<long, int>> ReadDoneAsync(Job job, string what)
    {
        var done = new Dictionary<long, int>(ItemCount);
        await foreach (JobResult<int> result in job.ReadResultsAsync<int>(Bound))
        {
            Assert.True(result.Value == result.Index && done.TryAdd(result.Index, result.Value), $"{what}: item {result.Index} gave {result.Value}");
        }

        return done;
    }

    private static string[] Traces(string trace) => Directory.GetFiles(Path.GetDirectoryName(trace)!, $"{Path.GetFileName(trace)}.*");

    private static long CountBytes(string trace) => Traces(trace).Sum(file => new FileInfo(file).Length);

    private static int[] CountRuns(string trace)
    {
        int[] counts = new int[ItemCount];
        foreach (string line in Traces(trace).SelectMany(File.ReadLines).Where(line => line.Length == Witnesses.FastLineLength))
        {
            counts[int.Parse(line, CultureInfo.InvariantCulture)]++;
        }

        return counts;
    }

    private static void Kill(TestCluster cluster, Victim victim)
    {
        switch (victim)
        {
            case Victim.Executors:
                foreach (int executor in Processes.ChildrenOf(cluster.Agents[^1].Id))
                {
                    ProcessControl.Kill(executor, ProcessSignal.Kill);
                }

                break;
            case Victim.Agent:
                ProcessControl.Kill(cluster.Agents[^1].Id, ProcessSignal.Kill);
                cluster.StartAgent(cores: 2);
                break;
            default:
                ProcessControl.Kill(cluster.Manager.Id, ProcessSignal.Kill);
                cluster.Manager.WaitForExit();
                break;
        }
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private enum Victim
    {
        Executors,
        Agent,
        Manager,
        Caller,
    }

    private sealed class Told(Action<MapProgress> take) : IProgress<MapProgress>
    {
        public void Report(MapProgress value) => take(value);
    }
}
