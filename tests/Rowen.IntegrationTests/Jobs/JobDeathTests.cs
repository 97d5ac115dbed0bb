using System.Diagnostics;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>The process of a job is killed, again and again, at moments of chance.</summary>
public sealed class JobDeathTests(JobClusterFixture cluster) : IClassFixture<JobClusterFixture>
{
    private const int ItemCount = 1_500;
    private const int KillCount = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Killed_job_goes_on_and_no_item_that_was_done_runs_again()
    {
        string folder = cluster.Home.Folder("death");
        string side = Path.Combine(folder, "side");
        string lines = Path.Combine(folder, "lines");
        string quick = Path.Combine(folder, "quick");
        await File.WriteAllLinesAsync(lines, Enumerable.Range(0, ItemCount).Select(item => $"{side}|{item}|{quick}"), Cancellation);
        var random = new Random(20_261_121);
        Job job = await cluster.SubmitAsync("RecordSlowlyUntil", "--each-line", lines); // a minute, in which to kill it
        var doneBefore = new HashSet<long>();
        List<(long[] Done, Dictionary<string, int> Ran)> kills = [];
        for (int kill = 0; kill < KillCount; kill++)
        {
            long target = doneBefore.Count + random.Next(1, 20);
            await Until.TrueAsync(() => job.ReadStatus().Done >= target, TimeSpan.FromSeconds(60), $"{target} items are done");
            Kill(job.ReadStatus().ProcessId);
            await Until.TrueAsync(() => job.ReadStatus().State == JobState.Interrupted, TimeSpan.FromSeconds(30), "the death of its process is seen");
            long[] done = await DoneAsync(job);
            Dictionary<string, int> ranBefore = Count(side);
            Assert.Superset(doneBefore, done.ToHashSet());
            Assert.All(done, item => Assert.True(ranBefore.ContainsKey($"{item}")));

            kills.Add((done, ranBefore));
            doneBefore = [.. done];
            if (kill == KillCount - 1)
            {
                await File.WriteAllTextAsync(quick, string.Empty, Cancellation);
            }

            (await cluster.Home.RowenAsync("resume", $"{job.Id}")).AssertDone();
        }

        JobStatus end = await job.WaitAsync(cancellationToken: Cancellation);

        Dictionary<string, int> ran = Count(side);
        Assert.Equal((JobState.Done, (long)ItemCount), (end.State, end.Done));
        Assert.Equal(ItemCount, ran.Count);
        Assert.All(kills, kill => Assert.All(kill.Done, item => Assert.Equal(kill.Ran[$"{item}"], ran[$"{item}"])));
        Assert.Equal(KillCount + 1, end.Run);
        Assert.Equal(Enumerable.Range(0, ItemCount).Select(item => (long)item), await DoneAsync(job));
    }

    /// <summary>The items whose result can be read now.</summary>
    private static async Task<long[]> DoneAsync(Job job)
    {
        var done = new List<long>();
        await foreach (JobResult<int> result in job.ReadResultsAsync<int>(Cancellation))
        {
            Assert.Equal(result.Index, result.Value);
            done.Add(result.Index);
        }

        return [.. done];
    }

    private static Dictionary<string, int> Count(string side) => JobClusterFixture.Traces(side).CountBy(line => line).ToDictionary();

    /// <summary>SIGKILL: it has no chance to say or write anything.</summary>
    private static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }
}
