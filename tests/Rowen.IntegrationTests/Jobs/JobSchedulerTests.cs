using Rowen.IntegrationTests.Faults;
using Rowen.Jobs;
using Rowen.Protocol.Identifiers;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>What runs a job, in this process.</summary>
public sealed class JobSchedulerTests(JobClusterFixture cluster) : IClassFixture<JobClusterFixture>
{
    [Fact(Timeout = 120_000)]
    public async Task Whatever_ends_a_job_stands_in_its_journal()
    {
        var store = new JobStore(cluster.Home.Folder("unforeseen"));
        var description = new JobDescription { Function = "Square", Cluster = cluster.ClusterFile, Items = new JobItems { IsRange = true, AreText = true, Count = 3 } };
        JobId id = store.Add(new JobSubmission(description, Items: null, TestPackage.Code), TimeProvider.System.GetUtcNow());

        JobRunEnd end = await JobScheduler.RunAsync(
            store, id, rerunsFailed: false, (_, _) => throw new NotSupportedException("Nobody foresaw this."), _ => { }, TestContext.Current.CancellationToken);

        JobRunEnd? written = JobReading.Replay(store.Find(id), keepsItems: false).LastEnd;
        Assert.Equal((JobState.Stopped, "Nobody foresaw this."), (end.State, end.Reason));
        Assert.Equal((end.State, end.Reason), (written?.State, written?.Reason));
    }
}
